//! Versions that the API server would not serve.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;

use super::reader::Reader;
use crate::Object;

/// The versions of each group that some supported release serves.
const SERVED: [(&str, &[&str]); 4] = [
    ("gateway.networking.k8s.io", &["v1", "v1alpha2", "v1alpha3", "v1beta1"]),
    ("networking.istio.io", &["v1", "v1alpha3", "v1beta1"]),
    ("security.istio.io", &["v1", "v1beta1"]),
    ("telemetry.istio.io", &["v1", "v1alpha1"]),
];

/// Whether some release serves the version. An object of another version is refused by the API server and has no
/// effect, which is reported.
pub(super) fn is_served(object: &Object, reader: &mut Reader) -> bool {
    let version = object.id.api_version.rsplit('/').next().unwrap_or_default();
    let Some((_, served)) = SERVED.iter().find(|(group, _)| *group == object.group()) else { return true };
    if served.contains(&version) {
        return true;
    }
    let message = format!(
        "`{}` is not served, so the object has no effect: one of {} is",
        object.id.api_version,
        served.join(", ")
    );
    reader.report(Diagnostic::about(&codes::UNSUPPORTED_API_VERSION, object.reference(), "apiVersion", message));
    false
}
