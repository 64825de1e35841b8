//! A client's create and update, in the order that decides which error the user sees.
//! upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/{create,update}.go,
//! pkg/registry/generic/registry/store.go

use super::alloc::Transaction;
use super::managed::record_update;
use super::{Call, admission, meta, strategy};
use crate::api::resource::SERVICES;
use crate::api::schema::{self, Decoded};
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value, defaults, validation};
use crate::cluster::{Cluster, Key};
use std::rc::Rc;

/// The object as it is now, and whether it is new.
pub(super) type Stored = Result<(Rc<Value>, bool), Box<Status>>;

/// What is done about unknown and duplicate fields: the parameter `fieldValidation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

/// Reads a client's body as an object of `resource`.
/// upstream: handlers/rest.go transformDecodeError
pub(super) fn decode(call: &mut Call<'_>, resource: &'static Resource, body: &Value) -> Result<Value, Box<Status>> {
    if body.is_null() {
        let why = "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)";
        let kind = resource.kind;
        return Err(Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): {why}"
        )));
    }
    let (version, kind) = (body.str_at("apiVersion"), body.str_at("kind"));
    let short = version.rsplit('/').next().unwrap_or("");
    let unfit = |why: String| {
        let shown = if kind.is_empty() { resource.kind } else { kind };
        let version = if short.is_empty() { resource.version } else { short };
        Status::bad_request(format!("{shown} in version {version:?} cannot be handled as a {}: {why}", resource.kind))
    };
    if !kind.is_empty() && (kind != resource.kind || !version.is_empty() && version != resource.api_version()) {
        return Err(unfit(match Resource::by_kind(version, kind) {
            Some(_) => {
                let inner = if resource.group.is_empty() { "core" } else { resource.group };
                format!("converting (v1.{kind}) to ({inner}.{}): unknown conversion", resource.kind)
            }
            None => format!(
                "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
            ),
        }));
    }
    let Decoded { value: mut object, unknown: strict, type_error } = schema::decode(resource, body);
    if let Some(why) = type_error {
        return Err(unfit(why));
    }
    if !strict.is_empty() {
        match call.validation {
            FieldValidation::Strict => return Err(unfit(schema::strict_text(&strict))),
            FieldValidation::Warn => call.warn_unknown(&strict),
            FieldValidation::Ignore => {}
        }
    }
    object.set("apiVersion", resource.api_version());
    object.set("kind", resource.kind);
    defaults::apply(resource, &mut object);
    Ok(object)
}

/// upstream: registry/rest/meta.go EnsureObjectNamespaceMatchesRequestNamespace
pub(super) fn match_namespace(resource: &Resource, namespace: &str, object: &mut Value) -> Result<(), Box<Status>> {
    if !resource.namespaced {
        object.unset("metadata.namespace");
    } else if object.namespace().is_empty() {
        object.set("metadata.namespace", namespace);
    } else if object.namespace() != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    Ok(())
}

impl Cluster {
    /// `POST`: decodes and creates.
    pub(super) fn client_create(&mut self, call: &mut Call<'_>, body: &Value) -> Stored {
        let resource = call.route.resource;
        let mut object = decode(call, resource, body)?;
        match_namespace(resource, call.route.namespace, &mut object)?;
        if !object.str_at("metadata.resourceVersion").is_empty() {
            let message = "resourceVersion should not be set on objects to be created".into();
            return Err(Box::new(Status { code: 500, reason: "", message, details: Value::Null }));
        }
        record_update(resource, &mut object, None, self.manager(call, "Update"));
        self.create_decoded(call, object)
    }

    /// Creates a decoded and defaulted object.
    pub(super) fn create_decoded(&mut self, call: &mut Call<'_>, mut object: Value) -> Stored {
        let resource = call.route.resource;
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            object.unset(&format!("metadata.{field}"));
        }
        admission::create(self, resource, &mut object)?;
        let generated = object.name().is_empty();
        self.fill_metadata(resource, &mut object);
        let txn = match resource == &SERVICES {
            true => self.allocate_create(&mut object, call.dry_run)?,
            false => Transaction::new(true),
        };
        let result = self.create_allocated(call, object, generated);
        match (&result, call.dry_run) {
            (Ok(_), false) => self.allocators.commit(&txn),
            _ => self.allocators.revert(&txn),
        }
        result
    }

    fn create_allocated(&mut self, call: &mut Call<'_>, mut object: Value, generated: bool) -> Stored {
        let resource = call.route.resource;
        strategy::prepare_for_create(resource, &mut object);
        strategy::canonicalize(resource, &mut object);
        let errors = validation::create(resource, &object);
        if !errors.is_empty() {
            return Err(Status::invalid(resource, object.name(), &errors));
        }
        call.warnings.extend(validation::warnings(resource, &object, None));
        strategy::finish_create(resource, &mut object);
        if let Some(old) = self.store.get(&Key::of(resource, &object)) {
            let mut status = meta::already_exists(resource, old);
            if generated {
                status.message += ", the server was not able to generate a unique name for the object";
            }
            return Err(status);
        }
        strategy::as_read(resource, &mut object);
        if call.dry_run {
            return Ok((Rc::new(object), true));
        }
        Ok((self.store.put(resource, object), true))
    }

    /// `PUT`: decodes and replaces, or creates where the kind allows that.
    pub(super) fn client_update(&mut self, call: &mut Call<'_>, body: &Value) -> Stored {
        let (resource, name) = (call.route.resource, call.route.name);
        let mut object = decode(call, resource, body)?;
        match_namespace(resource, call.route.namespace, &mut object)?;
        match object.name() {
            "" => return Err(Status::bad_request("name must be provided")),
            other if other != name => return Err(wrong_name(other, name)),
            _ => {}
        }
        let key = Key::new(resource, call.route.namespace, name);
        match self.store.get(&key).cloned() {
            Some(old) => {
                check_uid(&key, &object, &old)?;
                admission::update(self, resource, &mut object, &old)?;
                record_update(resource, &mut object, Some(&old), self.manager(call, "Update"));
                Ok((self.replace(call, &key, object, &old)?, false))
            }
            None if strategy::allows_create_on_update(resource) && call.route.subresource.is_empty() => {
                object.unset("metadata.resourceVersion");
                record_update(resource, &mut object, None, self.manager(call, "Update"));
                self.create_decoded(call, object)
            }
            None => Err(Status::not_found(resource, name)),
        }
    }

    /// Puts a decoded and defaulted object in the place of `old`; through `/status`, only its status.
    /// upstream: store.go Update, registry/rest/update.go BeforeUpdate
    pub(super) fn replace(
        &mut self,
        call: &mut Call<'_>,
        key: &Key,
        mut new: Value,
        old: &Rc<Value>,
    ) -> super::Written {
        let resource = key.resource;
        // As the old one is, so that the two can be compared.
        schema::encode(resource, &mut new);
        admission::update(self, resource, &mut new, old)?;
        let version = new.str_at("metadata.resourceVersion");
        if version.is_empty() && !strategy::allows_unconditional_update(resource) {
            let error = crate::api::FieldError::invalid(
                "metadata.resourceVersion",
                &0.into(),
                "must be specified for an update",
            );
            // This one error names the resource where others name the kind.
            let named = Resource { kind: resource.plural, ..*resource };
            return Err(Status::invalid(&named, &key.name, &[error]));
        }
        if !version.is_empty() && version != old.str_at("metadata.resourceVersion") {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Status::conflict(resource, &key.name, why));
        }
        let status_only = call.route.subresource == "status";
        let txn = match resource == &SERVICES && !status_only {
            true => self.allocate_update(&mut new, old, call.dry_run)?,
            false => Transaction::new(true),
        };
        let errors = prepare_and_validate(resource, &mut new, old, status_only);
        if !errors.is_empty() {
            self.allocators.revert(&txn);
            return Err(Status::invalid(resource, &key.name, &errors));
        }
        if !status_only {
            call.warnings.extend(validation::warnings(resource, &new, Some(old)));
        }
        strategy::as_read(resource, &mut new);
        if call.dry_run {
            return Ok(Rc::new(new));
        }
        self.allocators.commit(&txn);
        Ok(self.store_update(key, new, old))
    }
}

fn prepare_and_validate(
    resource: &'static Resource,
    new: &mut Value,
    old: &Value,
    status_only: bool,
) -> Vec<crate::api::FieldError> {
    if status_only {
        strategy::prepare_for_status_update(new, old);
        meta::keep_system_fields(new, old);
        return validation::update_status(resource, new, old);
    }
    strategy::prepare_for_update(resource, new, old);
    strategy::canonicalize(resource, new);
    let generation = new.at("metadata.generation").clone();
    meta::keep_system_fields(new, old);
    if !generation.is_null() {
        new.set("metadata.generation", generation);
    }
    validation::update(resource, new, old)
}

/// upstream: handlers/rest.go checkName
pub(super) fn wrong_name(given: &str, expected: &str) -> Box<Status> {
    Status::bad_request(format!("the name of the object ({given}) does not match the name on the URL ({expected})"))
}

/// An object that was deleted and made anew is not the one that the client means.
fn check_uid(key: &Key, new: &Value, old: &Value) -> Result<(), Box<Status>> {
    if new.uid().is_empty() || new.uid() == old.uid() {
        return Ok(());
    }
    let group = if key.resource.group.is_empty() { String::new() } else { format!("{}/", key.resource.group) };
    let within = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{group}{}/{within}{}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: UID in precondition: {}, UID in object meta: {}",
        key.resource.plural,
        key.name,
        new.uid(),
        old.uid()
    );
    Err(Status::conflict(key.resource, &key.name, &why))
}
