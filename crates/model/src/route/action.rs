//! What is done with a request that a rule matches.

use super::{Cors, Retries, Rewrite};

/// What is done with a request. Redirect and answer win over backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAction {
    /// Where it goes.
    pub target: Target,
    /// How the path is rewritten.
    pub rewrite: Option<Rewrite>,
    /// The new `Host`.
    pub rewrite_host: Option<String>,
    /// Changes of the request's headers.
    pub request_headers: HeaderChanges,
    /// Changes of the response's headers.
    pub response_headers: HeaderChanges,
    /// The timeout in milliseconds; `None` for no timeout.
    pub timeout: Option<u64>,
    /// Copies of the request, sorted.
    pub mirrors: Vec<Mirror>,
    /// Retries, where they are not the mesh's default.
    pub retries: Option<Retries>,
    /// Injected faults in a canonical form. They are compared as they stand.
    pub fault: Option<String>,
    /// CORS.
    pub cors: Option<Cors>,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To one of these, by weight.
    Backends(Vec<BackendRef>),
    /// Back to the client, who shall go elsewhere.
    Redirect(Redirect),
    /// Back to the client, answered.
    Respond {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// A destination with its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendRef {
    /// The full host name.
    pub host: String,
    /// The Service port; `None` where the router decides.
    pub port: Option<u16>,
    /// The subset of a DestinationRule.
    pub subset: Option<String>,
    /// The weight; a single destination gets everything whatever it says.
    pub weight: u32,
    /// The new `Host` for this destination, where the rule sets none.
    pub rewrite_host: Option<String>,
    /// Changes of the request's headers for this destination.
    pub request_headers: HeaderChanges,
    /// Changes of the response's headers for this destination.
    pub response_headers: HeaderChanges,
}

/// A copy of the request for another destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Where it goes; the weight does not count.
    pub to: BackendRef,
    /// How many of a million requests are copied.
    pub per_million: u32,
}

/// A redirect, with everything said that an API may leave to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The status.
    pub status: u16,
    /// The new scheme.
    pub scheme: Option<String>,
    /// The new host.
    pub host: Option<String>,
    /// The port that is written: `None` leaves the port of the `Host` header, or drops it with a new host.
    pub port: Option<u16>,
    /// Whether the listener's port is written where no port is given.
    pub listener_port: bool,
    /// The new path.
    pub path: Option<Rewrite>,
}

/// Changes of headers: removed first, then set, then added. Names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// Headers that are removed.
    pub remove: Vec<String>,
    /// Headers that get this value.
    pub set: Vec<(String, String)>,
    /// Headers that get one more line.
    pub add: Vec<(String, String)>,
}

impl Redirect {
    /// The port that is written, on a listener with this port. The port of the scheme is never written.
    #[must_use]
    pub fn port_on(&self, listener: u16) -> Option<u16> {
        let port = self.port.or(self.listener_port.then_some(listener))?;
        let default = if self.scheme.as_deref() == Some("https") { 443 } else { 80 };
        (port != default).then_some(port)
    }
}

impl HeaderChanges {
    /// What Envoy does of it: an empty value is neither set nor added, and the header stays as it is
    /// (`HeaderValueOption.keep_empty_value`, which istiod leaves off).
    #[must_use]
    pub fn effective(&self) -> Self {
        let kept = |pairs: &[(String, String)]| pairs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        HeaderChanges { remove: self.remove.clone(), set: kept(&self.set), add: kept(&self.add) }
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty() && self.add.is_empty()
    }
}

impl RouteAction {
    /// Everything to these backends, nothing changed.
    #[must_use]
    pub fn forward(backends: Vec<BackendRef>) -> Self {
        RouteAction {
            target: Target::Backends(backends),
            rewrite: None,
            rewrite_host: None,
            request_headers: HeaderChanges::default(),
            response_headers: HeaderChanges::default(),
            timeout: None,
            mirrors: Vec::new(),
            retries: None,
            fault: None,
            cors: None,
        }
    }
}

impl RouteAction {
    /// Whether it answers as if there were no route.
    #[must_use]
    pub fn says_not_found(&self) -> bool {
        let bare = matches!(&self.target, Target::Respond { status: 404, body } if body.is_empty());
        bare && self.response_headers.is_empty() && self.fault.is_none() && self.cors.is_none()
    }
}

impl BackendRef {
    /// A destination without subset and header changes.
    #[must_use]
    pub fn to(host: impl Into<String>, port: Option<u16>) -> Self {
        BackendRef {
            host: host.into(),
            port,
            subset: None,
            weight: 1,
            rewrite_host: None,
            request_headers: HeaderChanges::default(),
            response_headers: HeaderChanges::default(),
        }
    }
}
