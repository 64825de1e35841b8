//! `kubectl get`
//!
//! upstream: kubectl/pkg/cmd/get/get.go

use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::request::Request;
use crate::collections::sort_by_key;
use crate::kubectl::context::{Cx, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::print::{self, Format, Printer, table};
use crate::kubectl::resources::{Batch, Builder, Info};

/// Prints one or many objects.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let flags = &cx.s.flags;
    if let Some(path) = flags.value("raw") {
        return raw(cx, path.to_string());
    }
    let watch = flags.on("watch") || flags.on("watch-only");
    let (args, format) = (flags.args.clone(), flags.text("output").to_string());
    if args.is_empty() && !flags.has("filename") && !watch {
        cx.complain("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
        return Err(cx.usage("Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods)."));
    }
    if flags.on("show-labels") && !format.is_empty() && format != "wide" {
        return Err(Failure::new(format!("--show-labels option cannot be used with {format} printer")));
    }
    if flags.on("output-watch-events") && !watch {
        let text = "--output-watch-events option can only be used with --watch or --watch-only";
        return Err(Failure::new(text));
    }
    let builder = Builder { type_alone: true, ..Builder::new(cx, &args) };
    if watch {
        return watch_start(cx, builder);
    }
    let found = builder.find(cx)?;
    let ignore = cx.s.flags.on("ignore-not-found");
    let found: Vec<Outcome<Batch>> =
        found.into_iter().filter(|f| !(ignore && f.as_ref().is_err_and(Failure::is_not_found))).collect();
    let table = matches!(format.as_str(), "" | "wide") && !cx.s.flags.has("template");
    if table { tables(cx, found, &builder) } else { generic(cx, found, &builder) }?;
    Ok(Flow::Done)
}

fn raw(cx: &mut Cx, path: String) -> Outcome<Flow> {
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let mut request = Request::get(path);
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        request = request.query(key, value);
    }
    let body = cx.request(&request)?;
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_string);
    cx.io.out.out(&text);
    Ok(Flow::Done)
}

fn options(cx: &Cx) -> table::Options {
    let flags = &cx.s.flags;
    table::Options {
        wide: flags.text("output") == "wide",
        show_labels: flags.on("show-labels"),
        label_columns: flags.list("label-columns"),
        no_headers: flags.on("no-headers"),
        with_namespace: flags.on("all-namespaces"),
        with_kind: flags.on("show-kind"),
        event: None,
    }
}

/// upstream: kubectl/pkg/cmd/get/get.go GetOptions.Run
fn tables(cx: &mut Cx, found: Vec<Outcome<Batch>>, builder: &Builder) -> Outcome<()> {
    let mut failures = Vec::new();
    let mut batches: Vec<Batch> = Vec::new();
    for one in found {
        match one {
            Ok(batch) => batches.push(batch),
            Err(failure) => failures.push(failure),
        }
    }
    let several = batches.iter().any(|b| batches.first().is_some_and(|first| first.resource != b.resource));
    let namespaced = !builder.all_namespaces && batches.iter().all(|b| b.resource.namespaced);
    let mut text = String::new();
    let now = cx.io.server.now();
    let sort_by = cx.s.flags.text("sort-by").to_string();
    for group in batches.chunk_by(|a, b| a.resource == b.resource) {
        let Some(resource) = group.first().map(|b| b.resource) else { continue };
        let mut options = options(cx);
        options.with_kind |= several;
        options.with_namespace &= resource.namespaced;
        let mut objects: Vec<&Value> = group.iter().flat_map(|b| &b.infos).map(|i| &i.object).collect();
        if !sort_by.is_empty() && objects.len() > 1 && print::sort::by(&mut objects, &sort_by, |v| v).is_err() {
            continue;
        }
        let printed = table::of(resource, &objects, &options, now).render(options.no_headers);
        if !printed.is_empty() && !text.is_empty() && !options.no_headers {
            text.push('\n');
        }
        text.push_str(&printed);
    }
    cx.io.out.out(&text);
    if text.is_empty() && failures.is_empty() && !cx.s.flags.on("ignore-not-found") {
        nothing_found(cx, namespaced);
    }
    Failure::all(failures)
}

fn nothing_found(cx: &mut Cx, namespaced: bool) {
    if namespaced {
        let line = format!("No resources found in {} namespace.", cx.s.namespace);
        cx.complain(&line);
    } else {
        cx.complain("No resources found");
    }
}

/// upstream: kubectl/pkg/cmd/get/get.go printGeneric
fn generic(cx: &mut Cx, found: Vec<Outcome<Batch>>, builder: &Builder) -> Outcome<()> {
    let single = builder.single();
    let mut failures = Vec::new();
    let mut objects = Vec::new();
    for one in found {
        match one {
            Ok(batch) => objects.extend(batch.infos.into_iter().map(|i| i.object)),
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() && single || objects.is_empty() && cx.s.flags.on("ignore-not-found") {
        return Failure::all(failures);
    }
    let printer = Printer::new(present::output(cx, Format::Get)?, cx.s.flags.on("show-managed-fields"));
    cx.s.printer = Some(printer);
    let sort_by = cx.s.flags.text("sort-by").to_string();
    if !sort_by.is_empty() && objects.len() > 1 {
        print::sort::by(&mut objects, &sort_by, |v| v).map_err(Failure::new)?;
    }
    let whole = match <[Value; 1]>::try_from(objects) {
        Ok([one]) if single => one,
        Ok([one]) => print::list(vec![one]),
        Err(all) => print::list(all),
    };
    if let Err(failure) = present::object_out(cx, &whole) {
        failures.push(failure);
    }
    Failure::all(failures)
}

/// `kubectl get -w`: what was last seen of each object.
#[derive(Clone, Debug)]
struct Watch {
    resource: &'static Resource,
    builder: Builder,
    seen: Vec<Value>,
    headed: bool,
    widths: Option<Vec<usize>>,
    printer: Printer,
}

fn watch_start(cx: &mut Cx, builder: Builder) -> Outcome<Flow> {
    let batches = builder.find(cx)?.into_iter().collect::<Outcome<Vec<Batch>>>()?;
    let output = present::output(cx, Format::Get)?;
    let (Some(first), true) =
        (batches.first(), batches.iter().all(|b| batches.first().is_some_and(|f| f.resource == b.resource)))
    else {
        let text = "you may only specify a single resource type";
        return Err(Failure::new(text));
    };
    let mut watch = Watch {
        resource: first.resource,
        builder,
        seen: Vec::new(),
        headed: false,
        widths: None,
        printer: Printer::new(output, cx.s.flags.on("show-managed-fields")),
    };
    let objects: Vec<Value> = batches.iter().flat_map(|b| &b.infos).map(|i| i.object.clone()).collect();
    if !cx.s.flags.on("watch-only") {
        let events: Vec<(&'static str, &Value)> = objects.iter().map(|o| ("ADDED", o)).collect();
        watch.print(cx, &events)?;
    }
    watch.seen = objects;
    Ok(Flow::Wait(Box::new(watch), None))
}

impl Watch {
    fn print(&mut self, cx: &mut Cx, events: &[(&'static str, &Value)]) -> Outcome<()> {
        if !self.printer.output.is_table() {
            for (_, object) in events {
                let printed = self.printer.print(object);
                cx.io.out.out(&printed.out);
                if let Some(error) = printed.error {
                    return Err(Failure::new(error));
                }
            }
            return Ok(());
        }
        let shows_events = cx.s.flags.on("output-watch-events");
        let now = cx.io.server.now();
        let mut whole = table::Table::default();
        for (event, object) in events {
            let options = table::Options { event: shows_events.then_some(*event), ..options(cx) };
            let one = table::of(self.resource, &[object], &options, now);
            whole.columns = one.columns;
            whole.rows.extend(one.rows);
        }
        let no_headers = self.headed || cx.s.flags.on("no-headers");
        let text = whole.render_remembering(no_headers, &mut self.widths);
        self.headed |= !text.is_empty();
        cx.io.out.out(&text);
        Ok(())
    }

    fn look(&self, cx: &mut Cx) -> Outcome<Vec<Value>> {
        let mut objects = Vec::new();
        for batch in self.builder.find(cx)? {
            match batch {
                Ok(batch) => objects.extend(batch.infos.into_iter().map(|i| i.object)),
                Err(failure) if failure.is_not_found() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(objects)
    }
}

fn version(object: &Value) -> u64 {
    object.str_at("metadata.resourceVersion").parse().unwrap_or(0)
}

impl Pending for Watch {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        let objects = self.look(cx)?;
        let seen = std::mem::take(&mut self.seen);
        let mut events: Vec<(&'static str, &Value)> = Vec::new();
        for object in &objects {
            match seen.iter().find(|s| s.uid() == object.uid()) {
                None => events.push(("ADDED", object)),
                Some(before) if version(before) != version(object) => events.push(("MODIFIED", object)),
                Some(_) => {}
            }
        }
        events.extend(seen.iter().filter(|s| !objects.iter().any(|o| o.uid() == s.uid())).map(|s| ("DELETED", s)));
        sort_by_key(&mut events, |(_, object)| version(object));
        self.print(cx, &events)?;
        self.seen = objects;
        Ok(Flow::Wait(self, None))
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

/// `kubectl describe`
///
/// upstream: kubectl/pkg/cmd/describe/describe.go
pub fn describe(cx: &mut Cx) -> Outcome<Flow> {
    let args = cx.s.flags.args.clone();
    if args.is_empty() && !cx.s.flags.has("filename") {
        return Err(Failure::new(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let builder = Builder { type_alone: true, ..Builder::new(cx, &args) };
    let mut failures = Vec::new();
    let mut infos: Vec<Info> = Vec::new();
    for found in builder.infos(cx)? {
        match found {
            Ok(info) => infos.push(info),
            Err(failure) => failures.push(failure),
        }
    }
    let alone = failures.is_empty() && infos.len() <= 1;
    let events = cx.s.flags.bool_or("show-events", true) && (alone || cx.s.flags.has("show-events"));
    if let ([failure], [kind, prefix]) = (failures.as_slice(), args.as_slice())
        && failure.is_not_found()
    {
        return describe_prefix(cx, failure.clone(), kind, prefix, events);
    }
    for (i, info) in infos.iter().enumerate() {
        let text = print::describe::describe(&mut *cx.io.server, info.resource, &info.object, events);
        if i > 0 {
            cx.io.out.out("\n\n");
        }
        cx.io.out.out(&text);
    }
    if infos.is_empty() && failures.is_empty() {
        nothing_found(cx, !builder.all_namespaces);
    }
    Failure::all(failures)?;
    Ok(Flow::Done)
}

/// upstream: kubectl/pkg/cmd/describe/describe.go DescribeMatchingResources
fn describe_prefix(cx: &mut Cx, missing: Failure, kind: &str, prefix: &str, events: bool) -> Outcome<Flow> {
    let builder = Builder { args: vec![kind.to_string()], type_alone: true, read: true, ..Builder::default() };
    let mut any = false;
    for info in builder.infos(cx)? {
        let info = info?;
        if info.name.starts_with(prefix) {
            any = true;
            let text = print::describe::describe(&mut *cx.io.server, info.resource, &info.object, events);
            cx.line(&text);
        }
    }
    if any { Ok(Flow::Done) } else { Err(missing) }
}
