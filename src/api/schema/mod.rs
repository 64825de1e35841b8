//! What the fields of the served kinds are: their types, how their lists merge, which values they take.
//!
//! The table is made at build time (`build.rs`) from the API server's own schema and from what Go's types add to it; it
//! is data, a few kilobytes of it, and this module only looks things up.
//!
//! ```
//! use kubeglass::api::schema::Type;
//! let service = Type::of("v1", "Service").unwrap();
//! let ports = service.field("spec").unwrap().of().field("ports").unwrap();
//! assert_eq!((ports.of().go_name(), ports.merge_key()), ("[]v1.ServicePort", Some("port")));
//! ```

mod convert;
mod decode;
mod encode;
mod leaf;
pub(crate) use leaf::got;
#[cfg(test)]
mod tests;

pub use convert::{Unknown, convert};
pub use decode::{Decoded, decode, decode_type, strict_text, unknown_text};
pub use encode::{complete, complete_type, encode};

/// A piece of `NAMES`: offset and length.
struct Name(u16, u8);

impl Name {
    fn text(&self) -> &'static str {
        let start = usize::from(self.0);
        NAMES.get(start..start + usize::from(self.1)).unwrap_or("")
    }
}

struct TypeData {
    kind: u8,
    /// A list's or a map's element.
    of: u16,
    /// An object's fields.
    first: u16,
    count: u8,
    /// Whether server-side apply takes an object for one value.
    atomic: bool,
    name: Name,
}

struct FieldData {
    name: Name,
    of: u16,
    flags: u8,
    embedded: Name,
}

struct MergeData {
    field: u16,
    key: Name,
    strategy: u8,
    list: u8,
    first: u16,
    count: u8,
}

include!(concat!(env!("OUT_DIR"), "/schema.rs"));
include!(concat!(env!("OUT_DIR"), "/prose.rs"));

/// What a value of a type looks like in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string, or a named string like `v1.Protocol`.
    String,
    /// `true`, `false`
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// A number.
    Float64,
    /// Bytes, in base64.
    Bytes,
    /// `resource.Quantity`: `100m`, `1Gi`, or a number.
    Quantity,
    /// `intstr.IntOrString`: a port's number or name.
    IntOrString,
    /// `metav1.Time`: RFC 3339 to the second.
    Time,
    /// `metav1.MicroTime`: RFC 3339 to the microsecond.
    MicroTime,
    /// `metav1.Duration`: `1m30s`
    Duration,
    /// Anything.
    Any,
    /// A managed field's set.
    FieldsV1,
    /// A struct.
    Object,
    /// A list.
    List,
    /// A map with string keys.
    Map,
}

const KIND: [Kind; 16] = [
    Kind::String,
    Kind::Bool,
    Kind::Int32,
    Kind::Int64,
    Kind::Float64,
    Kind::Bytes,
    Kind::Quantity,
    Kind::IntOrString,
    Kind::Time,
    Kind::MicroTime,
    Kind::Duration,
    Kind::Any,
    Kind::FieldsV1,
    Kind::Object,
    Kind::List,
    Kind::Map,
];

/// How a list's items are told apart (`x-kubernetes-list-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// Not at all: the list is one value.
    Atomic,
    /// By their value.
    Set,
    /// By some of their fields, [`Field::map_keys`].
    Map,
}

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type(u16);

impl Type {
    /// The type of a kind: `Type::of("apps/v1", "ReplicaSet")`.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let fits = |name: &str| name.strip_suffix(kind).and_then(|n| n.strip_suffix('/')) == Some(api_version);
        KINDS.iter().find(|(name, _)| fits(name.text())).map(|(_, index)| Self(*index))
    }
    fn data(self) -> &'static TypeData {
        // Only the table itself makes indices.
        &TYPES[usize::from(self.0)]
    }
    /// What its values look like.
    pub fn kind(self) -> Kind {
        KIND[usize::from(self.data().kind)]
    }
    /// Go's name: `int32`, `v1.Protocol`, `[]v1.ServicePort`, `map[string]string`.
    pub fn go_name(self) -> &'static str {
        self.data().name.text()
    }
    /// A struct's name without its package: `ServicePort`.
    pub fn struct_name(self) -> &'static str {
        self.go_name().rsplit('.').next().unwrap_or("")
    }
    /// A list's or a map's elements.
    pub fn element(self) -> Option<Self> {
        matches!(self.kind(), Kind::List | Kind::Map).then(|| Self(self.data().of))
    }
    /// An object's fields in Go's order; none for other types.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        let data = self.data();
        (data.first..data.first + u16::from(data.count)).map(Field)
    }
    /// One of an object's fields.
    pub fn field(self, name: &str) -> Option<Field> {
        self.fields().find(|f| f.name() == name)
    }
    /// What Kubernetes says about it; empty where it says nothing. The page, which must stay small,
    /// carries the words of the kinds that its lessons are about.
    pub fn prose(self) -> &'static str {
        TYPE_PROSE.get(usize::from(self.0)).copied().unwrap_or("")
    }
    /// The object inside it: a list's or map's element's, or itself.
    pub fn object(self) -> Option<Self> {
        match self.element() {
            Some(element) => element.object(),
            None => (self.kind() == Kind::Object).then_some(self),
        }
    }
    /// Whether server-side apply takes an object for one value.
    pub fn atomic(self) -> bool {
        self.data().atomic
    }
    /// How `kubectl explain` prints it: `string`, `[]ServicePort`, `map[string]string`.
    /// upstream: kubectl/pkg/explain/v2/templates/plaintext.tmpl typeGuess
    pub fn explained(self) -> String {
        match self.kind() {
            Kind::String | Kind::Bytes | Kind::Time | Kind::MicroTime | Kind::Duration => "string".into(),
            Kind::Bool => "boolean".into(),
            Kind::Int32 | Kind::Int64 => "integer".into(),
            Kind::Float64 => "number".into(),
            Kind::List => format!("[]{}", Self(self.data().of).explained()),
            Kind::Map => format!("map[string]{}", Self(self.data().of).explained()),
            _ => self.struct_name().into(),
        }
    }
}

/// One field of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(u16);

impl Field {
    fn data(self) -> &'static FieldData {
        &FIELDS[usize::from(self.0)]
    }
    fn merge(self) -> Option<&'static MergeData> {
        MERGES.binary_search_by_key(&self.0, |m| m.field).ok().map(|i| &MERGES[i])
    }
    /// `nodePort`
    pub fn name(self) -> &'static str {
        self.data().name.text()
    }
    /// Its type.
    pub fn of(self) -> Type {
        Type(self.data().of)
    }
    /// Whether Go holds a pointer, so that "not set" differs from zero.
    pub fn pointer(self) -> bool {
        self.data().flags & 1 != 0
    }
    /// Whether it is printed even when it holds nothing (`status: {}`).
    pub fn always(self) -> bool {
        self.data().flags & 2 != 0
    }
    /// Whether the schema requires it.
    pub fn required(self) -> bool {
        self.data().flags & 4 != 0
    }
    /// Whether a map is one value for server-side apply.
    pub fn atomic_map(self) -> bool {
        self.data().flags & 8 != 0
    }
    /// The structs in which Go embeds it, `IngressRuleValue`; empty for none.
    pub fn embedded(self) -> &'static str {
        self.data().embedded.text()
    }
    /// The field of a list's items by which a strategic merge patch finds them.
    pub fn merge_key(self) -> Option<&'static str> {
        self.merge().map(|m| m.key.text()).filter(|k| !k.is_empty())
    }
    /// Whether a strategic merge patch merges the list or map item by item.
    pub fn merges(self) -> bool {
        self.merge().is_some_and(|m| m.strategy & 1 != 0)
    }
    /// Whether a strategic merge patch may clear the item's other fields (`retainKeys`).
    pub fn retains_keys(self) -> bool {
        self.merge().is_some_and(|m| m.strategy & 2 != 0)
    }
    /// How server-side apply merges a list. Lists that don't say are atomic.
    pub fn list_type(self) -> ListType {
        match self.merge().map(|m| m.list) {
            Some(2) => ListType::Set,
            Some(3) => ListType::Map,
            _ => ListType::Atomic,
        }
    }
    /// The fields by which server-side apply tells a list's items apart.
    pub fn map_keys(self) -> Vec<&'static str> {
        self.merge().map_or(Vec::new(), |m| words(m.first, m.count))
    }
    /// What Kubernetes says about it; empty where it says nothing. The page, which must stay small,
    /// carries the words of the kinds that its lessons are about.
    pub fn prose(self) -> &'static str {
        FIELD_PROSE.get(usize::from(self.0)).copied().unwrap_or("")
    }
    /// The values that it (or each of its items) takes, sorted; empty where any goes.
    pub fn enumeration(self) -> Vec<&'static str> {
        let found = ENUMS.binary_search_by_key(&self.0, |e| e.0).ok().and_then(|i| ENUMS.get(i));
        found.map_or(Vec::new(), |(_, first, count)| words(*first, *count))
    }
}

fn words(first: u16, count: u8) -> Vec<&'static str> {
    let first = usize::from(first);
    WORDS.get(first..first + usize::from(count)).unwrap_or(&[]).iter().map(Name::text).collect()
}

/// The field at a path of names (list indices left out) within a kind.
pub fn field_at(api_version: &str, kind: &str, path: &[&str]) -> Option<Field> {
    let (last, parents) = path.split_last()?;
    let mut here = Type::of(api_version, kind)?;
    for name in parents {
        here = here.field(name)?.of().object()?;
    }
    here.field(last)
}

/// Names and printed types of the fields below a path, sorted by name: what can be written there.
pub fn fields_at(api_version: &str, kind: &str, path: &[&str]) -> Option<Vec<(String, String)>> {
    let here = match path {
        [] => Type::of(api_version, kind)?,
        _ => field_at(api_version, kind, path)?.of().object()?,
    };
    let mut fields: Vec<(String, String)> = here.fields().map(|f| (f.name().into(), f.of().explained())).collect();
    fields.sort();
    Some(fields)
}
