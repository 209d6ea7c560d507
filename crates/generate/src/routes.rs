//! Random routes, as a cluster takes them.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::mesh::{namespace, object, service_name};
use crate::policies::{together, words};

/// A VirtualService for one or two Services.
pub(crate) fn virtual_service() -> impl Strategy<Value = Value> {
    let hosts = vec(host(), 1..=2).prop_map(|mut hosts| {
        hosts.dedup();
        hosts
    });
    (namespace(), service_name(), hosts, vec(rule(), 1..=4)).prop_map(|(namespace, name, hosts, rules)| {
        let spec = json!({"hosts": hosts, "http": rules});
        object("networking.istio.io/v1", "VirtualService", &namespace, &name, &spec)
    })
}

/// A DestinationRule with the subsets that routes name.
pub(crate) fn destination_rule() -> impl Strategy<Value = Value> {
    let tls = weighted(0.1, select(words(&["DISABLE", "ISTIO_MUTUAL"])));
    (namespace(), service_name(), host(), tls).prop_map(|(namespace, name, host, tls)| {
        let subset = |name: &str| json!({"name": name, "labels": {"version": name}});
        let policy = tls.map_or(json!({}), |mode| json!({"trafficPolicy": {"tls": {"mode": mode}}}));
        let spec = together([json!({"host": host, "subsets": [subset("v1"), subset("v2")]}), policy]);
        object("networking.istio.io/v1", "DestinationRule", &namespace, &name, &spec)
    })
}

fn host() -> impl Strategy<Value = String> {
    let full =
        (namespace(), service_name()).prop_map(|(namespace, name)| format!("{name}.{namespace}.svc.cluster.local"));
    prop_oneof![3 => service_name(), 1 => full]
}

fn rule() -> impl Strategy<Value = Value> {
    let matches = weighted(0.8, vec(condition(), 1..=2));
    (matches, action()).prop_map(|(matches, action)| {
        together([matches.map_or(json!({}), |matches| json!({"match": matches})), action])
    })
}

fn condition() -> impl Strategy<Value = Value> {
    let uri = prop_oneof![3 => path(), 1 => path_in_any_case()];
    let method = prop_oneof![
        3 => select(words(&["GET", "POST"])).prop_map(|method| json!({"exact": method})),
        1 => Just(json!({"regex": "GET|POST"})),
        1 => Just(json!({"prefix": "P"})),
    ];
    let headers = || weighted(0.3, vec((header_name(), value()), 1..=2));
    let without = weighted(0.2, vec((header_name(), value()), 1..=2));
    let query = weighted(0.15, value());
    let authority = weighted(0.1, value_of(&["web", "web.shop.svc.cluster.local"]));
    (weighted(0.8, uri), weighted(0.25, method), headers(), without, query, authority).prop_map(
        |(uri, method, headers, without, query, authority)| {
            let mapping = |pairs: Vec<(String, Value)>| Value::Object(pairs.into_iter().collect());
            let mut condition = uri.unwrap_or(json!({}));
            let mut put = |key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    condition = together([condition.clone(), json!({key: value})]);
                }
            };
            put("method", method);
            put("headers", headers.map(mapping));
            put("withoutHeaders", without.map(mapping));
            put("queryParams", query.map(|value| json!({"q": value})));
            put("authority", authority);
            condition
        },
    )
}

fn path() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(words(&["/", "/a", "/a/", "/a/b", "/ab", "/a/b/"])).prop_map(|path| json!({"uri": {"prefix": path}})),
        3 => select(words(&["/a", "/a/", "/a/b", "/"])).prop_map(|path| json!({"uri": {"exact": path}})),
        2 => select(words(&["/a/[0-9]+", "/a(/.*)?", "/.*b", ".*", "/a.*", "^/a/b$", "/a/.*"]))
            .prop_map(|path| json!({"uri": {"regex": path}})),
    ]
}

fn path_in_any_case() -> impl Strategy<Value = Value> {
    path().prop_map(|path| together([path, json!({"ignoreUriCase": true})]))
}

fn header_name() -> impl Strategy<Value = String> {
    select(words(&["x-tier", "X-User"]))
}

fn value() -> impl Strategy<Value = Value> {
    value_of(&["gold", "go", ""])
}

fn value_of(texts: &[&str]) -> impl Strategy<Value = Value> {
    let (exact, prefix) = (select(words(texts)), select(words(&texts[..2])));
    prop_oneof![
        4 => exact.prop_map(|text| json!({"exact": text})),
        1 => prefix.prop_map(|text| json!({"prefix": text})),
        1 => select(words(&["g.*", ".*", "", "gold|silver"])).prop_map(|text| json!({"regex": text})),
        2 => Just(json!({})),
    ]
}

fn action() -> impl Strategy<Value = Value> {
    prop_oneof![
        12 => forward(),
        2 => redirect(),
        1 => Just(json!({"directResponse": {"status": 500}})),
        1 => Just(json!({"directResponse": {"status": 404, "body": {"string": "no"}}})),
    ]
}

fn forward() -> impl Strategy<Value = Value> {
    let rewrite = prop_oneof![
        4 => select(words(&["/", "/x", "/x/", "/a"])).prop_map(|uri| json!({"uri": uri})),
        1 => Just(json!({"authority": "api.shop"})),
        1 => Just(json!({"uri": "/x", "authority": "other.example"})),
        1 => Just(json!({"uriRegexRewrite": {"match": "^/a/(.*)", "rewrite": "/b/\\1"}})),
    ];
    let timeout = weighted(0.1, select(words(&["2s", "1.5s", "0s"])));
    let headers = weighted(0.1, header_changes());
    let mirror = weighted(0.1, destination());
    let others = (weighted(0.3, rewrite), timeout, headers, mirror, weighted(0.03, Just(json!({"attempts": 2}))));
    (vec(weighted_destination(), 1..=3), others).prop_map(|(route, (rewrite, timeout, headers, mirror, retries))| {
        let optional = |key: &str, value: Option<Value>| value.map_or(json!({}), |value| json!({key: value}));
        let route = if route.len() == 1 { route.into_iter().map(without_weight).collect() } else { route };
        together([
            json!({"route": route}),
            optional("rewrite", rewrite),
            optional("timeout", timeout.map(Value::String)),
            optional("headers", headers),
            optional("mirror", mirror),
            optional("retries", retries),
        ])
    })
}

fn without_weight(destination: Value) -> Value {
    let Value::Object(mut entries) = destination else { return destination };
    entries.remove("weight");
    Value::Object(entries)
}

fn weighted_destination() -> impl Strategy<Value = Value> {
    let weight = select(vec![0u32, 1, 50, 100]);
    (destination(), weight, weighted(0.1, header_changes())).prop_map(|(destination, weight, headers)| {
        let headers = headers.map_or(json!({}), |headers| json!({"headers": headers}));
        together([json!({"destination": destination, "weight": weight}), headers])
    })
}

fn destination() -> impl Strategy<Value = Value> {
    let port = weighted(0.4, select(vec![80u16, 8080, 9090]));
    let subset = weighted(0.4, select(words(&["v1", "v2"])));
    (host(), port, subset).prop_map(|(host, port, subset)| {
        let port = port.map_or(json!({}), |number| json!({"port": {"number": number}}));
        let subset = subset.map_or(json!({}), |subset| json!({"subset": subset}));
        together([json!({"host": host}), port, subset])
    })
}

fn header_changes() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"request": {"set": {"x-tier": "gold"}}})),
        Just(json!({"request": {"add": {"x-user": "ann"}, "remove": ["x-tier"]}})),
        Just(json!({"response": {"set": {"x-seen": "yes"}}})),
        Just(json!({"request": {"set": {"Host": "other.example"}}})),
    ]
}

fn redirect() -> impl Strategy<Value = Value> {
    let path = weighted(0.5, select(words(&["/x", "/x/"])));
    let prefix = weighted(0.2, select(words(&["/x", "/x/"])));
    let authority = weighted(0.5, select(words(&["new.example", "new.example:8443"])));
    let scheme = weighted(0.3, select(words(&["https", "http"])));
    let code = weighted(0.5, select(vec![301u16, 302, 303, 307, 308]));
    let port = weighted(
        0.3,
        prop_oneof![
            Just(json!({"port": 8443})),
            Just(json!({"derivePort": "FROM_REQUEST_PORT"})),
            Just(json!({"derivePort": "FROM_PROTOCOL_DEFAULT"})),
        ],
    );
    (path, prefix, authority, scheme, code, port).prop_map(|(path, prefix, authority, scheme, code, port)| {
        let optional = |key: &str, value: Option<Value>| value.map_or(json!({}), |value| json!({key: value}));
        let prefix = prefix.filter(|_| path.is_none());
        let redirect = together([
            optional("uri", path.map(Value::String)),
            optional("prefixRewrite", prefix.map(Value::String)),
            optional("authority", authority.map(Value::String)),
            optional("scheme", scheme.map(Value::String)),
            optional("redirectCode", code.map(Value::from)),
            port.unwrap_or(json!({})),
        ]);
        json!({"redirect": redirect})
    })
}
