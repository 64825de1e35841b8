//! How a write says what it did, and `-o` for everything but `get`'s tables.
//!
//! upstream: cli-runtime/pkg/genericclioptions/print_flags.go, cli-runtime/pkg/printers/name.go

use super::context::{Cx, DryRun};
use super::failure::{Failure, Outcome};
use super::print::{self, Format, Output, Printer};
use crate::api::{ObjectExt, Value};

/// `service/web`, `replicaset.apps/web` of any object.
pub fn reference(object: &Value) -> String {
    format!("{}/{}", print::text::kind_of(object), print::text::or(object.name(), "<unknown>"))
}

/// The output format as it was given; empty for the usual message.
pub fn format(cx: &Cx) -> String {
    match cx.s.flags.value("output") {
        None if cx.s.flags.has("template") => "go-template".into(),
        format => format.unwrap_or("").to_string(),
    }
}

/// Reads `-o` and the flags beside it, once; complains where it can't be printed.
pub fn check(cx: &mut Cx) -> Outcome<()> {
    if cx.s.printer.is_none() {
        cx.s.printer = Some(Printer::new(output(cx, Format::Object)?, cx.s.flags.on("show-managed-fields")));
    }
    Ok(())
}

/// What `-o` means.
pub fn output(cx: &Cx, allowed: Format) -> Outcome<Output> {
    let read = |path: &str| cx.io.files.read(path);
    let flags = print::Flags {
        format: allowed,
        template: cx.s.flags.text("template"),
        allow_missing_keys: cx.s.flags.bool_or("allow-missing-template-keys", true),
        no_headers: cx.s.flags.on("no-headers"),
        read: &read,
    };
    Output::parse(cx.s.flags.text("output"), &flags).map_err(Failure::Text)
}

/// Prints an object after a write: `service/web created`, or what `-o` asks for.
pub fn written(cx: &mut Cx, object: &Value, operation: &str, dry: DryRun) -> Outcome<()> {
    check(cx)?;
    if cx.s.printer.as_ref().is_some_and(|p| p.output.is_table()) {
        let line = format!("{} {operation}{}", reference(object), dry.suffix());
        cx.line(&line);
        return Ok(());
    }
    object_out(cx, object)
}

/// Prints an object in the format that `-o` asks for.
pub fn object_out(cx: &mut Cx, object: &Value) -> Outcome<()> {
    check(cx)?;
    let Some(printer) = &mut cx.s.printer else { return Ok(()) };
    let printed = printer.print(object);
    cx.io.out.out(&printed.out);
    printed.error.map_or(Ok(()), |text| Err(Failure::Text(text)))
}
