//! What the target's routes can say, and how the user wants them.

/// Choices and facts that change which routes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteOptions {
    /// Whether the target obeys `retry` of HTTPRoutes (experimental channel).
    pub retries: bool,
    /// Whether it obeys `retry.backoff`.
    pub retry_backoff: bool,
    /// Whether `retry.attempts` may be 0.
    pub no_attempts: bool,
    /// Whether it has the CORS filter, which answers preflights of other origins itself.
    pub cors: bool,
    /// Whether it reads TCPRoutes without a flag.
    pub tcp_routes: bool,
    /// Whether only routes are written that any implementation of Gateway API takes in the same order.
    pub portable: bool,
    /// Whether a path prefix that ends inside of a segment may become one that ends with it.
    pub segment_prefix: bool,
}

impl Default for RouteOptions {
    fn default() -> Self {
        RouteOptions {
            retries: false,
            retry_backoff: false,
            no_attempts: false,
            cors: true,
            tcp_routes: true,
            portable: false,
            segment_prefix: false,
        }
    }
}
