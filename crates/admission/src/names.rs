//! The shapes of names, after k8s.io/apimachinery pkg/api/validate/content.

/// A DNS label as in RFC 1123: `my-name`, `123-abc`.
pub(crate) fn is_dns_1123_label(name: &str) -> bool {
    name.len() <= 63 && is_lowercase_label(name)
}

/// A DNS label as in RFC 1035, which starts with a letter.
pub(crate) fn is_dns_1035_label(name: &str) -> bool {
    is_dns_1123_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Labels with dots between them. A single label may be longer than 63 characters here, as it may upstream.
pub(crate) fn is_dns_1123_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_lowercase_label)
}

/// The key of a label or annotation: `app`, `example.com/app`.
pub(crate) fn is_qualified_name(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_dns_1123_subdomain(prefix) && is_label_word(name),
        None => is_label_word(key),
    }
}

/// The value of a label.
pub(crate) fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_label_word(value)
}

fn is_lowercase_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

fn is_label_word(word: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |c: char| c.is_ascii_alphanumeric();
    word.len() <= 63 && word.bytes().all(inner) && word.starts_with(edge) && word.ends_with(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for good in ["a", "0", "my-name", "123-abc", &"a".repeat(63)] {
            assert!(is_dns_1123_label(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "é", &"a".repeat(64)] {
            assert!(!is_dns_1123_label(bad), "{bad}");
        }
        assert!(is_dns_1035_label("a1") && !is_dns_1035_label("1a"));
    }

    #[test]
    fn subdomains() {
        for good in ["a", "a.b", "1.2", &"a".repeat(253)] {
            assert!(is_dns_1123_subdomain(good), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a.-b", "A.b", &"a".repeat(254)] {
            assert!(!is_dns_1123_subdomain(bad), "{bad}");
        }
    }

    #[test]
    fn label_keys_and_values() {
        for good in ["app", "App_1.x", "example.com/app", "a/b"] {
            assert!(is_qualified_name(good), "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "Example.com/a", "-a", "a b"] {
            assert!(!is_qualified_name(bad), "{bad}");
        }
        assert!(is_label_value("") && is_label_value("v1.2_x") && !is_label_value("a b") && !is_label_value("a-"));
    }
}
