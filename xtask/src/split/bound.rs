//! A module as wasm-bindgen leaves it, in the places that parting it needs.

use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::{FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// What is read of it.
#[derive(Default)]
pub struct Bound<'a> {
    pub types: Vec<wasmparser::FuncType>,
    pub imports: Vec<wasmparser::Import<'a>>,
    /// Type of every function, imported ones first.
    pub functions: Vec<u32>,
    pub imported: u32,
    pub bodies: Vec<FunctionBody<'a>>,
    pub tables: Vec<wasmparser::Table<'a>>,
    pub memories: Vec<wasmparser::MemoryType>,
    pub globals: Vec<wasmparser::Global<'a>>,
    pub exports: Vec<wasmparser::Export<'a>>,
    pub start: Option<u32>,
    pub elements: Vec<wasmparser::Element<'a>>,
    pub data: Vec<wasmparser::Data<'a>>,
    pub names: BTreeMap<u32, &'a str>,
}

impl<'a> Bound<'a> {
    /// Indices of the functions that have a body.
    pub fn defined(&self) -> Range<u32> {
        self.imported..self.imported + self.bodies.len() as u32
    }

    /// Reads a module.
    pub fn read(module: &'a [u8]) -> wasmparser::Result<Self> {
        let mut bound = Bound::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    bound.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            bound.functions.push(ty);
                            bound.imported += 1;
                        }
                        bound.imports.push(import);
                    }
                }
                Payload::FunctionSection(types) => {
                    for ty in types {
                        bound.functions.push(ty?);
                    }
                }
                Payload::TableSection(list) => bound.tables = list.into_iter().collect::<Result<_, _>>()?,
                Payload::MemorySection(list) => bound.memories = list.into_iter().collect::<Result<_, _>>()?,
                Payload::GlobalSection(list) => bound.globals = list.into_iter().collect::<Result<_, _>>()?,
                Payload::ExportSection(list) => bound.exports = list.into_iter().collect::<Result<_, _>>()?,
                Payload::ElementSection(list) => bound.elements = list.into_iter().collect::<Result<_, _>>()?,
                Payload::DataSection(list) => bound.data = list.into_iter().collect::<Result<_, _>>()?,
                Payload::StartSection { func, .. } => bound.start = Some(func),
                Payload::CodeSectionEntry(body) => bound.bodies.push(body),
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(names) = custom.as_known() {
                        for name in names {
                            if let Name::Function(map) = name? {
                                for naming in map {
                                    let naming = naming?;
                                    bound.names.insert(naming.index, naming.name);
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(bound)
    }
}

/// The constant address of an active data segment.
pub fn address(kind: &wasmparser::DataKind) -> Option<u32> {
    let wasmparser::DataKind::Active { offset_expr, .. } = kind else { return None };
    match offset_expr.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(value as u32),
        _ => None,
    }
}
