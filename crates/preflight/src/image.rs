//! Releases in the tags of images.

use s2a_catalog::Release;

/// The release in an image's tag: `docker.io/istio/pilot:1.31.4-distroless` is 1.31.4. `None` for a digest alone and for
/// tags which are no version.
pub(crate) fn release(image: &str) -> Option<Release> {
    let image = image.split('@').next().unwrap_or(image);
    let (_, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    version(tag)
}

/// The release at the start of a version: `v1.34.2-gke.7` is 1.34.2.
pub(crate) fn version(text: &str) -> Option<Release> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let length = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    text.get(..length)?.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_may_have_endings() {
        let release = |image: &str| release(image).map(|release| release.to_string());
        assert_eq!(release("docker.io/istio/pilot:1.31.4").as_deref(), Some("1.31.4"));
        assert_eq!(release("istio/pilot:1.31.4-distroless@sha256:ab").as_deref(), Some("1.31.4"));
        assert_eq!(release("localhost:5000/pilot:1.30-alpha.3").as_deref(), Some("1.30"));
        for image in ["istio/pilot@sha256:ab", "localhost:5000/pilot", "pilot:latest", "pilot", ""] {
            assert_eq!(release(image), None, "{image}");
        }
    }

    #[test]
    fn managed_clusters_add_an_ending() {
        let version = |text: &str| version(text).map(|release| release.to_string());
        assert_eq!(version("v1.34.2-gke.7").as_deref(), Some("1.34.2"));
        assert_eq!(version("v1.33.0+k3s1").as_deref(), Some("1.33.0"));
        assert_eq!(version("next"), None);
    }
}
