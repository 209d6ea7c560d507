//! What Istio takes the traffic of a port for.

/// The protocol family of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// HTTP of any version, gRPC included: an HTTP filter chain only.
    Http,
    /// Bytes: a TCP filter chain only.
    Tcp,
    /// The application's own TLS: a TCP filter chain only, which can look at the server name.
    Tls,
    /// Not declared: an HTTP and a TCP chain, chosen by the first bytes.
    Sniffed,
    /// UDP, which the mesh does not carry.
    Udp,
}

/// Classifies a Service port by `protocol`, `appProtocol`, name and number
/// (istio/istio `pkg/config/kube/conversion.go`): `appProtocol` wins over the name; of either the part before the first
/// `-` counts, in any case; four port numbers are TCP where that says nothing.
#[must_use]
pub fn port_protocol(transport: &str, app_protocol: Option<&str>, name: &str, number: u16) -> Protocol {
    if transport == "UDP" {
        return Protocol::Udp;
    }
    match app_protocol {
        Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Protocol::Http,
        Some("kubernetes.io/wss") => return Protocol::Tls,
        Some(_) | None => {}
    }
    let token = app_protocol.unwrap_or(name).split('-').next().unwrap_or_default().to_ascii_lowercase();
    match token.as_str() {
        "http" | "http2" | "http_proxy" | "grpc" => Protocol::Http,
        "tls" | "https" => Protocol::Tls,
        "tcp" | "mysql" | "mongo" | "redis" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ if [25, 53, 3306, 27017].contains(&number) => Protocol::Tcp,
        _ => Protocol::Sniffed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_app_protocols() {
        assert_eq!(port_protocol("TCP", None, "http-web", 80), Protocol::Http);
        assert_eq!(port_protocol("TCP", None, "GRPC", 80), Protocol::Http);
        assert_eq!(port_protocol("TCP", None, "https", 443), Protocol::Tls);
        assert_eq!(port_protocol("TCP", None, "metrics", 9090), Protocol::Sniffed);
        assert_eq!(port_protocol("TCP", None, "http1", 80), Protocol::Sniffed);
        assert_eq!(port_protocol("TCP", None, "", 3306), Protocol::Tcp);
        assert_eq!(port_protocol("TCP", Some("kubernetes.io/h2c"), "tcp", 80), Protocol::Http);
        assert_eq!(port_protocol("TCP", Some("h2c"), "http", 80), Protocol::Sniffed);
        assert_eq!(port_protocol("TCP", None, "db", 3306), Protocol::Tcp);
        assert_eq!(port_protocol("TCP", Some("tcp-db"), "http", 80), Protocol::Tcp);
        assert_eq!(port_protocol("UDP", Some("http"), "http", 80), Protocol::Udp);
    }
}
