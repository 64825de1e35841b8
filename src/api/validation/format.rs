//! What names, labels and ports must look like, and what is said where they don't.
//!
//! Every check returns the messages of what is wrong, none where all is right.
// upstream: apimachinery/pkg/util/validation/validation.go, apimachinery/pkg/api/validate/content

/// What is wrong with a text, in the order in which it is reported.
pub type Messages = Vec<&'static str>;

macro_rules! label_key {
    () => {
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    };
}
macro_rules! subdomain {
    () => {
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    };
}
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// What is said of a number that is no port.
pub const PORT_RANGE: &str = "must be between 1 and 65535, inclusive";
/// What is said of a number below zero.
pub const NEGATIVE: &str = "must be greater than or equal to 0";
/// What is said of a value that may not change.
pub const IMMUTABLE: &str = "field is immutable";

/// Whether `s` is `EDGE([INSIDE]*EDGE)?`.
fn shaped(s: &str, edge: fn(u8) -> bool, inside: fn(u8) -> bool) -> bool {
    let b = s.as_bytes();
    match (b.first(), b.last()) {
        (Some(&first), Some(&last)) => edge(first) && edge(last) && b.iter().all(|&c| edge(c) || inside(c)),
        _ => false,
    }
}

fn lower(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label(s: &str) -> bool {
    shaped(s, lower, |c| c == b'-')
}

fn is_subdomain(s: &str) -> bool {
    s.split('.').all(is_label)
}

fn is_key(s: &str) -> bool {
    shaped(s, |c| c.is_ascii_alphanumeric(), |c| matches!(c, b'-' | b'_' | b'.'))
}

fn messages<const N: usize>(checks: [(bool, &'static str); N]) -> Messages {
    checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, message)| message).collect()
}

/// `IsDNS1123Label`
pub fn dns_label(s: &str) -> Messages {
    let shape = if is_subdomain(s) { "must not contain dots" } else { LABEL };
    messages([(s.len() > 63, "must be no more than 63 characters"), (!is_label(s), shape)])
}

/// `IsDNS1035Label`
pub fn dns_1035_label(s: &str) -> Messages {
    let shape = is_label(s) && s.starts_with(|c: char| c.is_ascii_lowercase());
    messages([(s.len() > 63, "must be no more than 63 characters"), (!shape, LABEL_1035)])
}

/// `IsDNS1123Subdomain`
pub fn dns_subdomain(s: &str) -> Messages {
    messages([(s.len() > 253, "must be no more than 253 characters"), (!is_subdomain(s), subdomain!())])
}

/// `IsWildcardDNS1123Subdomain`
pub fn wildcard_subdomain(s: &str) -> Messages {
    let good = s.strip_prefix("*.").is_some_and(is_subdomain);
    messages([(s.len() > 253, "must be no more than 253 characters"), (!good, WILDCARD)])
}

/// `IsQualifiedName`, `IsLabelKey`: label keys, annotation keys, appProtocol, finalizers …
pub fn qualified_name(s: &str) -> Messages {
    let mut out = Messages::new();
    let (prefix, name) = match s.split_once('/') {
        None => (None, s),
        Some((_, rest)) if rest.contains('/') => {
            out.push(concat!(
                "a valid label key ",
                label_key!(),
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return out;
        }
        Some((prefix, name)) => (Some(prefix), name),
    };
    if let Some(prefix) = prefix {
        out.extend(messages([
            (prefix.is_empty(), "prefix part must be non-empty"),
            (prefix.len() > 253, "prefix part must be no more than 253 characters"),
            (!prefix.is_empty() && !is_subdomain(prefix), concat!("prefix part ", subdomain!())),
        ]));
    }
    out.extend(messages([
        (name.is_empty(), "name part must be non-empty"),
        (name.len() > 63, "name part must be no more than 63 bytes"),
        (!is_key(name), concat!("name part ", label_key!())),
    ]));
    out
}

/// `IsLabelValue`
pub fn label_value(s: &str) -> Messages {
    messages([(s.len() > 63, "must be no more than 63 bytes"), (!s.is_empty() && !is_key(s), LABEL_VALUE)])
}

/// `IsValidPortName` (IANA_SVC_NAME)
pub fn port_name(s: &str) -> Messages {
    let charset = !s.is_empty() && s.bytes().all(|c| lower(c) || c == b'-');
    messages([
        (s.len() > 15, "must be no more than 15 characters"),
        (!charset, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (!s.bytes().any(|c| c.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (s.contains("--"), "must not contain consecutive hyphens"),
        (s.starts_with('-') || s.ends_with('-'), "must not begin or end with a hyphen"),
    ])
}

/// `IsConfigMapKey`: keys of ConfigMaps and Secrets.
pub fn config_key(s: &str) -> Messages {
    let good = !s.is_empty() && s.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'));
    messages([
        (s.len() > 253, "must be no more than 253 characters"),
        (!good, CONFIG_KEY),
        (s == ".", "must not be '.'"),
        (s == "..", "must not be '..'"),
        (s.len() > 2 && s.starts_with(".."), "must not start with '..'"),
    ])
}

/// `IsRelaxedEnvVarName`
pub fn env_name(s: &str) -> Messages {
    messages([(s.bytes().any(|c| !(0x20..0x7f).contains(&c) || c == b'='), ENV_NAME)])
}

/// `IsValidPercent`
pub fn percent(s: &str) -> Messages {
    let good = s.strip_suffix('%').is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()));
    messages([(!good, PERCENT)])
}

/// `IsHTTPHeaderName`
pub fn header_name(s: &str) -> Messages {
    let good = !s.is_empty() && s.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    messages([(!good, HEADER)])
}

/// `IsValidPathSegmentName`: what every object's name must be at least.
pub fn path_segment(s: &str) -> Messages {
    messages([
        (s == ".", "may not be '.'"),
        (s == "..", "may not be '..'"),
        (s.contains('/'), "may not contain '/'"),
        (s.contains('%'), "may not contain '%'"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_wrong_with_them() {
        assert!(dns_label("web-1").is_empty());
        assert_eq!(dns_label("web.1"), ["must not contain dots"]);
        assert_eq!(dns_label("Web"), [LABEL]);
        assert_eq!(dns_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
        assert_eq!(dns_subdomain("a..b"), [subdomain!()]);
        assert!(wildcard_subdomain("*.example.com").is_empty());
        assert_eq!(wildcard_subdomain("*"), [WILDCARD]);
    }

    #[test]
    fn keys_have_a_prefix_and_a_name() {
        assert!(qualified_name("kubernetes.io/h2c").is_empty());
        assert_eq!(qualified_name("")[0], "name part must be non-empty");
        assert_eq!(qualified_name("/x"), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("a/b/c").len(), 1);
        assert!(label_value("").is_empty());
        assert_eq!(label_value("we b"), [LABEL_VALUE]);
    }

    #[test]
    fn port_names_report_every_failed_check() {
        assert!(port_name("http").is_empty());
        assert_eq!(port_name("HTTP_PORT").len(), 2);
        assert_eq!(port_name("-http"), ["must not begin or end with a hyphen"]);
        assert_eq!(port_name("80"), ["must contain at least one letter (a-z)"]);
    }
}
