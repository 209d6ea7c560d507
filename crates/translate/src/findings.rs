//! Findings about objects of the model.

use s2a_diagnostic::{Code, Diagnostic, ObjectRef};
use s2a_model::{ObjectId, Origin};

/// A finding about a field.
pub(crate) fn about(code: &'static Code, origin: &Origin, message: impl Into<String>) -> Diagnostic {
    Diagnostic::about(code, reference(&origin.object), &origin.field, message)
}

/// A finding about a whole object.
pub(crate) fn whole(code: &'static Code, object: &ObjectId, message: impl Into<String>) -> Diagnostic {
    Diagnostic::about(code, reference(object), "", message)
}

fn reference(id: &ObjectId) -> ObjectRef {
    ObjectRef {
        api_version: id.api_version.clone(),
        kind: id.kind.clone(),
        namespace: id.name.namespace.clone(),
        name: id.name.name.clone(),
    }
}
