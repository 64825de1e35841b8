//! Which objects a command line means: resource words, names, selectors and manifests.
//!
//! upstream: cli-runtime/pkg/resource/builder.go Builder

use super::context::{Cx, object_path, take_items};
use super::failure::{Failure, Outcome};
use super::manifest;
use crate::api::error::go_quote;
use crate::api::resource::RESOURCES;
use crate::api::selector::Selector;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::request::Request;

/// One object that a command works on.
///
/// upstream: cli-runtime/pkg/resource/visitor.go Info
#[derive(Clone, Debug)]
pub struct Info {
    /// What it is.
    pub resource: &'static Resource,
    /// Its namespace; empty where its kind has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object as read or as written in the manifest; `Null` where it was not needed.
    pub object: Value,
    /// The manifest's file, or empty.
    pub source: String,
}

impl Info {
    /// The object at its place in the API.
    pub fn path(&self) -> String {
        object_path(self.resource, &self.namespace, &self.name)
    }
    /// `service/web`, `replicaset.apps/web`
    pub fn reference(&self) -> String {
        format!("{}/{}", kind_group(self.resource), self.name)
    }
    /// Reads the object from the server.
    pub fn refresh(&mut self, cx: &mut Cx) -> Outcome<()> {
        let object = cx.get(self.resource, &self.namespace, &self.name)?;
        self.adopt(object);
        Ok(())
    }
    /// Takes the server's answer as the object.
    pub fn adopt(&mut self, object: Value) {
        if !object.name().is_empty() {
            self.name = object.name().to_string();
        }
        self.object = object;
    }
    /// upstream: cli-runtime/pkg/resource/visitor.go Info.String
    pub fn words(&self) -> String {
        let r = self.resource;
        let gv = r.api_version();
        let slash = if r.group.is_empty() { "/" } else { "" };
        format!(
            "Resource: \"{slash}{gv}, Resource={}\", GroupVersionKind: \"{slash}{gv}, Kind={}\"\nName: {}, Namespace: {}",
            r.plural,
            r.kind,
            go_quote(&self.name),
            go_quote(&self.namespace)
        )
    }
    fn of(resource: &'static Resource, object: Value) -> Self {
        let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
        Self { resource, namespace, name, object, source: String::new() }
    }
}

/// `service`, `replicaset.apps`
pub fn kind_group(resource: &Resource) -> String {
    let kind = resource.kind.to_lowercase();
    if resource.group.is_empty() { kind } else { format!("{kind}.{}", resource.group) }
}

/// The resource that a word means: plural, singular, short name or kind, with a version and group perhaps.
///
/// upstream: cli-runtime/pkg/resource/builder.go mappingFor
pub fn resource_for(word: &str) -> Option<&'static Resource> {
    let lower = word.to_lowercase();
    let parts: Vec<&str> = lower.splitn(3, '.').collect();
    // Only short names are taken letter by letter.
    let short = word.split('.').next().unwrap_or("");
    let named = |r: &&&'static Resource, name: &str| {
        r.plural == name || r.singular == name || r.short.contains(&short) || r.kind.eq_ignore_ascii_case(name)
    };
    let found = match parts.as_slice() {
        [name, version, group] => {
            RESOURCES.iter().find(|r| named(r, name) && r.version == *version && r.group == *group)
        }
        _ => None,
    };
    let (name, group) = lower.split_once('.').unwrap_or((&lower, ""));
    found
        .or_else(|| RESOURCES.iter().find(|r| named(r, name) && (group.is_empty() || r.group.starts_with(group))))
        .copied()
}

/// The same with kubectl's complaint.
pub fn mapping_for(word: &str) -> Outcome<&'static Resource> {
    resource_for(word).ok_or_else(|| {
        let name = match word.split_once('.') {
            Some((name, _)) => name,
            None => word,
        };
        Failure::new(format!("the server doesn't have a resource type {}", go_quote(name)))
    })
}

/// What was found at once: one object, or a listed collection.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The resource that was asked for.
    pub resource: &'static Resource,
    /// The objects.
    pub infos: Vec<Info>,
}

/// What a command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    /// Arguments: resource words and names.
    pub args: Vec<String>,
    /// Whether `TYPE` alone means all of them.
    pub type_alone: bool,
    /// `-f`
    pub filenames: Vec<String>,
    /// `-R`
    pub recursive: bool,
    /// `-l`
    pub selector: String,
    /// `--field-selector`
    pub field_selector: String,
    /// `--all`
    pub all: bool,
    /// `-A`
    pub all_namespaces: bool,
    /// Whether the objects themselves are needed and must be read from the server.
    pub read: bool,
    /// Whether manifests are only read, not looked up.
    pub local: bool,
    /// Whether manifests are checked for a kind and a version before anything else.
    pub validate: bool,
    /// `--subresource`
    pub subresource: String,
}

/// What arguments mean, before anything is asked of the server.
enum Plan {
    Paths(Vec<manifest::Source>),
    Select(Vec<&'static Resource>),
    Names(Vec<(&'static Resource, String)>),
}

impl Builder {
    /// From a command's usual flags and `args`.
    pub fn new(cx: &Cx, args: &[String]) -> Self {
        let flags = &cx.s.flags;
        Self {
            args: args.to_vec(),
            filenames: flags.list("filename"),
            recursive: flags.on("recursive"),
            selector: flags.text("selector").trim().to_string(),
            field_selector: flags.text("field-selector").trim().to_string(),
            all: flags.on("all"),
            all_namespaces: flags.on("all-namespaces"),
            subresource: flags.text("subresource").to_string(),
            read: true,
            ..Self::default()
        }
    }

    /// Whether the command line means one object, not a list of one.
    pub fn single(&self) -> bool {
        if !self.filenames.is_empty() {
            return self.filenames.len() == 1 && !self.recursive;
        }
        let slashes = self.args.iter().filter(|a| a.contains('/')).count();
        self.selector.is_empty()
            && self.field_selector.is_empty()
            && if slashes > 0 { self.args.len() == 1 } else { self.args.len() == 2 }
    }

    /// Finds everything; a part that fails doesn't stop the others.
    pub fn find(&self, cx: &mut Cx) -> Outcome<Vec<Outcome<Batch>>> {
        let plan = self.plan(cx)?;
        let mut found = Vec::new();
        match plan {
            Plan::Paths(sources) => {
                // What can't be read is told after everything else.
                let mut unread = Vec::new();
                let selector = Selector::parse(&self.selector).map_err(Failure::new)?;
                for source in sources {
                    for one in manifest::read(cx, &source, self) {
                        let info = match one {
                            Ok(info) if !selector.selects(&info.object) => continue,
                            Ok(info) if self.read && !self.local => self.look(cx, info),
                            Ok(info) => Ok(info),
                            Err(failure) => {
                                unread.push(Err(failure));
                                continue;
                            }
                        };
                        found.push(info.map(|info| Batch { resource: info.resource, infos: vec![info] }));
                    }
                }
                found.extend(unread);
            }
            Plan::Select(resources) => {
                for resource in resources {
                    found.push(self.select(cx, resource));
                }
            }
            Plan::Names(names) => {
                for (resource, name) in names {
                    let namespace = if resource.namespaced { cx.s.namespace.clone() } else { String::new() };
                    let info = Info { resource, namespace, name, object: Value::Null, source: String::new() };
                    let info = if self.read && !self.local { self.look(cx, info) } else { Ok(info) };
                    found.push(info.map(|info| Batch { resource, infos: vec![info] }));
                }
            }
        }
        Ok(found)
    }
    /// The same, object by object.
    pub fn infos(&self, cx: &mut Cx) -> Outcome<Vec<Outcome<Info>>> {
        let mut flat = Vec::new();
        for batch in self.find(cx)? {
            match batch {
                Ok(batch) => flat.extend(batch.infos.into_iter().map(Ok)),
                Err(failure) => flat.push(Err(failure)),
            }
        }
        Ok(flat)
    }

    fn look(&self, cx: &mut Cx, mut info: Info) -> Outcome<Info> {
        let mut path = info.path();
        if info.name.is_empty() {
            return Err(Failure::new("resource name may not be empty"));
        }
        if !self.subresource.is_empty() {
            path = format!("{path}/{}", self.subresource);
        }
        let object = cx.request(&Request::get(path))?;
        info.adopt(object);
        Ok(info)
    }

    /// upstream: cli-runtime/pkg/resource/selector.go Selector.Visit
    fn select(&self, cx: &mut Cx, resource: &'static Resource) -> Outcome<Batch> {
        let namespace = if self.all_namespaces || !resource.namespaced { "" } else { &cx.s.namespace };
        let mut request = Request::get(resource.path(namespace));
        if !self.field_selector.is_empty() {
            request = request.query("fieldSelector", &self.field_selector);
        }
        if !self.selector.is_empty() {
            request = request.query("labelSelector", &self.selector);
        }
        let mut list = cx.request(&request.query("limit", "500")).map_err(|failure| {
            if !matches!(failure.reason(), "BadRequest" | "NotFound") {
                return failure;
            }
            let slash = if resource.group.is_empty() { "/" } else { "" };
            let of = go_quote(&format!("{slash}{}, Resource={}", resource.api_version(), resource.plural));
            failure.reworded(|text| {
                if self.selector.is_empty() && self.field_selector.is_empty() {
                    format!("Unable to list {of}: {text}")
                } else {
                    let (labels, fields) = (go_quote(&self.selector), go_quote(&self.field_selector));
                    format!("Unable to find {of} that match label selector {labels}, field selector {fields}: {text}")
                }
            })
        })?;
        let infos = take_items(&mut list, resource).into_iter().map(|object| Info::of(resource, object)).collect();
        Ok(Batch { resource, infos })
    }

    /// upstream: cli-runtime/pkg/resource/builder.go visitorResult
    fn plan(&self, cx: &mut Cx) -> Outcome<Plan> {
        if let Some(args) = pairs(&self.args) {
            return Self { args, ..self.clone() }.plan(cx);
        }
        let mut failures = Vec::new();
        let sources = manifest::expand(cx, self, &mut failures);
        if self.all && !(self.selector.is_empty() && self.field_selector.is_empty()) {
            failures.push(Failure::new("setting 'all' parameter but found a non empty selector. "));
        }
        let slashes = self.args.iter().filter(|a| a.contains('/')).count();
        let mut tuples = Vec::new();
        if slashes > 0 && slashes < self.args.len() {
            failures.push(Failure::new("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"));
        } else if slashes > 0 {
            for arg in &self.args {
                match split_tuple(arg) {
                    Ok(tuple) => tuples.push(tuple),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Failure::all(failures)?;
        let (words, names) = match self.args.split_first() {
            Some((first, names)) if slashes == 0 => (self.words(first), names),
            _ => (Vec::new(), &[][..]),
        };
        let selecting = self.all
            || !self.selector.is_empty()
            || !self.field_selector.is_empty()
            || (self.type_alone && slashes == 0 && self.args.len() == 1);
        if !sources.is_empty() {
            if !words.is_empty() || !tuples.is_empty() {
                return Err(Failure::new(
                    "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
                ));
            }
            return Ok(Plan::Paths(sources));
        }
        if selecting {
            return self.plan_selection(&words, names, !tuples.is_empty());
        }
        if !tuples.is_empty() {
            return self.plan_names(tuples.iter().map(|(word, name)| (word.as_str(), name.as_str())));
        }
        if !names.is_empty() {
            if words.len() > 1 {
                return Err(Failure::new("you must specify only one resource"));
            }
            let word = words.first().map_or("", String::as_str);
            return self.plan_names(names.iter().map(|name| (word, name.as_str())));
        }
        for word in &words {
            mapping_for(word)?;
        }
        if !words.is_empty() {
            return Err(Failure::new("resource(s) were provided, but no name was specified"));
        }
        Err(Failure::new(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        ))
    }

    fn plan_selection(&self, words: &[String], names: &[String], tuples: bool) -> Outcome<Plan> {
        let problem = if !names.is_empty() {
            "name cannot be provided when a selector is specified"
        } else if tuples {
            "selectors and the all flag cannot be used when passing resource/name arguments"
        } else if words.is_empty() {
            "at least one resource must be specified to use a selector"
        } else {
            let mut resources: Vec<&'static Resource> = Vec::new();
            for word in words {
                let resource = mapping_for(word)?;
                if !resources.contains(&resource) {
                    resources.push(resource);
                }
            }
            return Ok(Plan::Select(resources));
        };
        Err(Failure::new(problem))
    }

    fn plan_names<'a>(&self, names: impl Iterator<Item = (&'a str, &'a str)>) -> Outcome<Plan> {
        let mut plan = Vec::new();
        for (word, name) in names {
            let resource = mapping_for(word)?;
            if resource.namespaced && self.all_namespaces {
                return Err(Failure::new("a resource cannot be retrieved by name across all namespaces"));
            }
            plan.push((resource, name.to_string()));
        }
        Ok(Plan::Names(plan))
    }

    /// A resource argument's words, `all` replaced.
    fn words(&self, arg: &str) -> Vec<String> {
        let mut words = Vec::new();
        for word in arg.split(',').filter(|w| !w.is_empty()) {
            if word == "all" {
                words.extend(RESOURCES.iter().filter(|r| r.in_all).map(|r| r.group_resource()));
            } else {
                words.push(word.to_string());
            }
        }
        words
    }
}

/// `TYPE,TYPE NAME NAME` as each type with each name.
///
/// upstream: cli-runtime/pkg/resource/builder.go normalizeMultipleResourcesArgs
fn pairs(args: &[String]) -> Option<Vec<String>> {
    let (types, names) = args.split_first()?;
    if !types.contains(',') || names.is_empty() || args.iter().any(|a| a.contains('/')) {
        return None;
    }
    Some(types.split(',').flat_map(|t| names.iter().map(move |n| format!("{t}/{n}"))).collect())
}

/// upstream: cli-runtime/pkg/resource/builder.go splitResourceTypeName
fn split_tuple(arg: &str) -> Outcome<(String, String)> {
    match arg.split('/').collect::<Vec<_>>().as_slice() {
        [resource, name] if !resource.is_empty() && !name.is_empty() && !resource.contains(',') => {
            Ok((resource.to_string(), name.to_string()))
        }
        [_, _] => Err(Failure::new("arguments in resource/name form must have a single resource and name")),
        _ => Err(Failure::new("arguments in resource/name form may not have more than one slash")),
    }
}
