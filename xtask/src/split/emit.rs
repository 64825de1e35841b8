//! Writes the two modules.
//!
//! The first keeps every function's index; bodies that can wait become stubs, which call the function through a new
//! place of the shared table after having seen to it that it was fetched. The rest imports memory, table, globals and
//! what it calls of the first, and fills those places, its own data and its functions' old places in the table.

use super::bound::{Bound, address};
use super::data::Reach;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection, Module, NameMap,
    NameSection, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, TypeRef};

/// The import of the app that fetches the rest at once (`static/glue.js`).
const FETCH: &str = "fetchRestNow";
/// How the rest names the module of its imports.
const FIRST: &str = "first";

const FLAG: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// The two modules and what they hold.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
    pub kept: usize,
    pub waiting: usize,
    pub stubs: usize,
}

/// Parts a module: `first` are the functions of the first part, `reach` is what they refer to.
pub fn parts(bound: &Bound, first: &BTreeSet<u32>, reach: &Reach) -> Result<Parts, String> {
    let waiting = bound.defined().filter(|f| !first.contains(f)).collect();
    let plan = Plan::new(bound, waiting, |f| bound.names.get(&f).is_none_or(|n| reach.called.contains(*n)))?;
    Ok(Parts {
        first: first_part(bound, &plan, &reach.waiting).map_err(|e| e.to_string())?,
        rest: rest(bound, &plan, &reach.waiting).map_err(|e| e.to_string())?,
        kept: bound.bodies.len() - plan.waiting.len(),
        waiting: plan.waiting.len(),
        stubs: plan.stubs.len(),
    })
}

/// wasm-bindgen's names of what it provides end in hashes, which no compression shortens: such an import gets another.
pub fn short_name(import: &wasmparser::Import, index: usize) -> Option<String> {
    import.name.starts_with("__wb").then(|| format!("i{index}"))
}

/// The module with a global for every function that says whether it ran.
pub fn marked(bound: &Bound, module: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Module::new();
    let mut marker = Marker { first_flag: bound.globals.len() as u32, functions: bound.defined(), next: 0 };
    marker.parse_core_module(&mut out, Parser::new(0), module)?;
    Ok(out.finish())
}

/// Adds a flag to every function.
struct Marker {
    first_flag: u32,
    functions: Range<u32>,
    next: u32,
}

impl Reencode for Marker {
    type Error = std::convert::Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_global_section(self, globals, section)?;
        for _ in self.functions.clone() {
            globals.global(FLAG, &ConstExpr::i32_const(0));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        for (i, f) in self.functions.clone().enumerate() {
            exports.export(&format!("ran{f}"), ExportKind::Global, self.first_flag + i as u32);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function
            .instruction(&Instruction::I32Const(1))
            .instruction(&Instruction::GlobalSet(self.first_flag + self.next));
        self.next += 1;
        let mut operators = body.get_binary_reader_for_operators()?;
        function.raw(operators.read_bytes(operators.bytes_remaining())?.iter().copied());
        code.function(&function);
        Ok(())
    }
}

/// Which function goes where.
struct Plan {
    waiting: BTreeSet<u32>,
    /// Waiting functions that the first part refers to, and their new places in the table.
    stubs: BTreeMap<u32, u32>,
    /// Functions of the first part that the rest calls.
    shared: BTreeSet<u32>,
    /// The table of functions, how long it is, and its old places that hold waiting functions.
    table: u32,
    table_size: u32,
    places: BTreeMap<u32, u32>,
    /// The places that the first part fills: with its own functions, and with stubs.
    first_places: BTreeMap<u32, u32>,
    /// The function that fetches the rest, and the global that says that it is there.
    fetch: u32,
    fetched: u32,
}

impl Plan {
    fn new(bound: &Bound, waiting: BTreeSet<u32>, reached: impl Fn(u32) -> bool) -> Result<Self, String> {
        let functions = bound.imports.iter().filter(|i| matches!(i.ty, TypeRef::Func(_)));
        let fetch = functions.clone().position(|i| i.name == FETCH);
        let fetch = fetch.ok_or(format!("the app imports no {FETCH}"))? as u32;
        let table = bound.tables.iter().position(|t| t.ty.element_type == wasmparser::RefType::FUNCREF);
        let table = table.ok_or("no table of functions")? as u32;
        let (mut referred, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for (i, body) in bound.bodies.iter().enumerate() {
            let from_rest = waiting.contains(&(bound.imported + i as u32));
            for called in called(body).map_err(|e| e.to_string())? {
                match (from_rest, waiting.contains(&called)) {
                    (true, false) => drop(shared.insert(called)),
                    (false, true) => drop(referred.insert(called)),
                    _ => {}
                }
            }
        }
        referred.extend(bound.exports.iter().filter(|e| e.kind == ExternalKind::Func).map(|e| e.index));
        referred.extend(bound.start);
        let (mut places, mut first_places) = (BTreeMap::new(), BTreeMap::new());
        for element in &bound.elements {
            for (place, function) in element_places(element, table)? {
                if waiting.contains(&function) {
                    places.insert(place, function);
                }
                // A place that only the rest knows of stays empty until then.
                if !waiting.contains(&function) || reached(function) {
                    first_places.insert(place, function);
                    referred.insert(function);
                }
            }
        }
        let table_size = bound.tables.get(table as usize).map_or(0, |t| t.ty.initial as u32);
        let stubs = referred.intersection(&waiting).enumerate().map(|(i, f)| (*f, table_size + i as u32)).collect();
        let fetched = bound.globals.len() as u32 + imported_globals(bound);
        Ok(Self { waiting, stubs, shared, table, table_size, places, first_places, fetch, fetched })
    }

    /// A table's type, with room for the stubs' places.
    fn table_type(&self, index: usize, table: &wasmparser::Table) -> Result<TableType, Error> {
        let mut ty = RoundtripReencoder.table_type(table.ty)?;
        let more = if index as u32 == self.table { self.stubs.len() as u64 } else { 0 };
        ty.minimum += more;
        ty.maximum = ty.maximum.map(|m| m + more);
        Ok(ty)
    }
}

fn imported_globals(bound: &Bound) -> u32 {
    bound.imports.iter().filter(|i| matches!(i.ty, TypeRef::Global(_))).count() as u32
}

/// The functions that a body names.
fn called(body: &FunctionBody) -> wasmparser::Result<Vec<u32>> {
    let mut list = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index }
            | Operator::RefFunc { function_index }
            | Operator::ReturnCall { function_index } => list.push(function_index),
            _ => {}
        }
    }
    Ok(list)
}

/// Which place of the table of functions an active segment fills with which function.
fn element_places(element: &wasmparser::Element, table: u32) -> Result<Vec<(u32, u32)>, String> {
    let wasmparser::ElementKind::Active { table_index, offset_expr } = &element.kind else {
        return Err("a segment that fills no table".into());
    };
    let wasmparser::ElementItems::Functions(items) = &element.items else {
        return Err("a segment of something else than functions".into());
    };
    if table_index.unwrap_or(0) != table {
        return Err("a segment of another table".into());
    }
    let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else {
        return Err("a table segment without a constant place".into());
    };
    let items: Result<Vec<u32>, _> = items.clone().into_iter().collect();
    Ok(items.map_err(|e| e.to_string())?.into_iter().enumerate().map(|(i, f)| (value as u32 + i as u32, f)).collect())
}

/// The module's types, and one of a function of nothing for nothing.
fn types(bound: &Bound) -> Result<TypeSection, Error> {
    let mut section = TypeSection::new();
    for ty in &bound.types {
        section.ty().func_type(&RoundtripReencoder.func_type(ty.clone())?);
    }
    section.ty().function([], []);
    Ok(section)
}

/// The module that a page starts with.
fn first_part(bound: &Bound, plan: &Plan, data: &[Range<u32>]) -> Result<Vec<u8>, Error> {
    let again = &mut RoundtripReencoder;
    let mut imports = ImportSection::new();
    for (i, import) in bound.imports.iter().enumerate() {
        let short = short_name(import, i);
        imports.import(import.module, short.as_deref().unwrap_or(import.name), again.entity_type(import.ty)?);
    }
    let mut functions = FunctionSection::new();
    for ty in bound.functions.iter().skip(bound.imported as usize) {
        functions.function(*ty);
    }
    let mut tables = TableSection::new();
    for (i, table) in bound.tables.iter().enumerate() {
        tables.table(plan.table_type(i, table)?);
    }
    let mut memories = MemorySection::new();
    for memory in &bound.memories {
        memories.memory(again.memory_type(*memory)?);
    }
    let mut globals = GlobalSection::new();
    for global in &bound.globals {
        again.parse_global(&mut globals, global.clone())?;
    }
    globals.global(FLAG, &ConstExpr::i32_const(0));
    let mut elements = ElementSection::new();
    for (place, run) in runs(&plan.first_places) {
        fill(&mut elements, plan, place, &run);
    }
    let mut code = CodeSection::new();
    for (i, body) in bound.bodies.iter().enumerate() {
        let index = bound.imported + i as u32;
        match (plan.waiting.contains(&index), plan.stubs.get(&index)) {
            (false, _) => again.parse_function_body(&mut code, body.clone())?,
            (true, Some(place)) => drop(code.function(&stub(bound, plan, index, *place))),
            (true, None) => {
                let mut nothing = Function::new([]);
                nothing.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                code.function(&nothing);
            }
        }
    }
    // After the module's own: what every stub begins with.
    functions.function(bound.types.len() as u32);
    code.function(&see_to_rest(plan));
    let mut module = Module::new();
    module.section(&types(bound)?).section(&imports).section(&functions).section(&tables).section(&memories);
    module.section(&globals).section(&exports(bound, plan)?);
    if let Some(function_index) = bound.start {
        module.section(&StartSection { function_index });
    }
    module.section(&elements).section(&code).section(&first_data(bound, data));
    module.section(&names(bound.names.iter().map(|(i, n)| (*i, *n))));
    Ok(module.finish())
}

/// Names of functions, for whoever looks for what is large or was missed; they are stripped in the end.
fn names<'a>(list: impl Iterator<Item = (u32, &'a str)>) -> NameSection {
    let mut map = NameMap::new();
    for (index, name) in list {
        map.append(index, name);
    }
    let mut section = NameSection::new();
    section.functions(&map);
    section
}

/// Fetches the rest if it isn't there.
fn see_to_rest(plan: &Plan) -> Function {
    let mut f = Function::new([]);
    f.instruction(&Instruction::GlobalGet(plan.fetched)).instruction(&Instruction::I32Eqz);
    f.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
    f.instruction(&Instruction::Call(plan.fetch)).instruction(&Instruction::End).instruction(&Instruction::End);
    f
}

/// Sees to it that the rest is there, then calls the function through its new place.
fn stub(bound: &Bound, plan: &Plan, index: u32, place: u32) -> Function {
    let type_index = bound.functions.get(index as usize).copied().unwrap_or_default();
    let params = bound.types.get(type_index as usize).map_or(0, |t| t.params().len() as u32);
    let mut f = Function::new([]);
    f.instruction(&Instruction::Call(bound.defined().end));
    for p in 0..params {
        f.instruction(&Instruction::LocalGet(p));
    }
    f.instruction(&Instruction::I32Const(place as i32));
    f.instruction(&Instruction::CallIndirect { type_index, table_index: plan.table }).instruction(&Instruction::End);
    f
}

/// What the page's glue and the rest see of the first part.
fn exports(bound: &Bound, plan: &Plan) -> Result<ExportSection, Error> {
    let mut exports = ExportSection::new();
    for export in &bound.exports {
        RoundtripReencoder.parse_export(&mut exports, *export)?;
    }
    for (kind, letter, count) in [
        (ExportKind::Table, 't', bound.tables.len()),
        (ExportKind::Memory, 'm', bound.memories.len()),
        (ExportKind::Global, 'g', plan.fetched as usize),
    ] {
        for i in 0..count as u32 {
            exports.export(&format!("{letter}{i}"), kind, i);
        }
    }
    exports.export("fetched", ExportKind::Global, plan.fetched);
    for f in &plan.shared {
        exports.export(&format!("f{f}"), ExportKind::Func, *f);
    }
    Ok(exports)
}

/// Which bytes of a segment of `length` at address `start` lie in `range`, if any.
fn within(range: &Range<u32>, start: u32, length: usize) -> Option<Range<usize>> {
    let from = range.start.saturating_sub(start) as usize;
    let to = (range.end.saturating_sub(start) as usize).min(length);
    (from < to).then_some(from..to)
}

/// Data with nothing in place of what waits.
fn first_data(bound: &Bound, data: &[Range<u32>]) -> DataSection {
    let mut section = DataSection::new();
    for segment in &bound.data {
        let Some(start) = address(&segment.kind) else { continue };
        let mut bytes = segment.data.to_vec();
        for hole in data.iter().filter_map(|range| within(range, start, segment.data.len())) {
            bytes[hole].fill(0);
        }
        section.active(0, &ConstExpr::i32_const(start as i32), bytes);
    }
    section
}

/// Gives functions the indices that they have in the rest.
struct Renamed(BTreeMap<u32, u32>);

impl Reencode for Renamed {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, func: u32) -> Result<u32, Error> {
        Ok(self.0.get(&func).copied().unwrap_or(func))
    }
}

/// The module that is fetched when somebody acts.
fn rest(bound: &Bound, plan: &Plan, data: &[Range<u32>]) -> Result<Vec<u8>, Error> {
    let all = plan.shared.iter().chain(&plan.waiting);
    let mut renamed = Renamed(all.enumerate().map(|(new, old)| (*old, new as u32)).collect());
    let mut imports = ImportSection::new();
    let type_of = |f: u32| bound.functions.get(f as usize).copied().unwrap_or_default();
    for f in &plan.shared {
        imports.import(FIRST, &format!("f{f}"), EntityType::Function(type_of(*f)));
    }
    for (i, table) in bound.tables.iter().enumerate() {
        imports.import(FIRST, &format!("t{i}"), EntityType::Table(plan.table_type(i, table)?));
    }
    for (i, memory) in bound.memories.iter().enumerate() {
        imports.import(FIRST, &format!("m{i}"), EntityType::Memory(renamed.memory_type(*memory)?));
    }
    for (i, global) in bound.globals.iter().enumerate() {
        imports.import(FIRST, &format!("g{i}"), EntityType::Global(renamed.global_type(global.ty)?));
    }
    imports.import(FIRST, "fetched", EntityType::Global(FLAG));
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for f in &plan.waiting {
        functions.function(type_of(*f));
        if let Some(body) = bound.bodies.get((f - bound.imported) as usize) {
            renamed.parse_function_body(&mut code, body.clone())?;
        }
    }
    // The last function says that the rest is there.
    functions.function(bound.types.len() as u32);
    let mut ready = Function::new([]);
    ready.instruction(&Instruction::I32Const(1)).instruction(&Instruction::GlobalSet(plan.fetched));
    ready.instruction(&Instruction::End);
    code.function(&ready);
    let mut elements = ElementSection::new();
    let new = |f: &u32| renamed.0.get(f).copied().unwrap_or_default();
    fill(&mut elements, plan, plan.table_size, &plan.stubs.keys().map(new).collect::<Vec<_>>());
    for (place, run) in runs(&plan.places) {
        fill(&mut elements, plan, place, &run.iter().map(new).collect::<Vec<_>>());
    }
    let mut module = Module::new();
    module.section(&types(bound)?).section(&imports).section(&functions);
    module.section(&StartSection { function_index: (plan.shared.len() + plan.waiting.len()) as u32 });
    module.section(&elements).section(&code).section(&rest_data(bound, data));
    let named = plan.waiting.iter().filter_map(|f| bound.names.get(f).map(|n| (new(f), *n)));
    module.section(&names(named));
    Ok(module.finish())
}

/// Fills places of the table of functions.
fn fill(elements: &mut ElementSection, plan: &Plan, place: u32, functions: &[u32]) {
    let table = (plan.table != 0).then_some(plan.table);
    elements.active(table, &ConstExpr::i32_const(place as i32), Elements::Functions(functions.into()));
}

/// Neighbouring places together.
fn runs(places: &BTreeMap<u32, u32>) -> Vec<(u32, Vec<u32>)> {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for (place, function) in places {
        match runs.last_mut() {
            Some((start, run)) if *start + run.len() as u32 == *place => run.push(*function),
            _ => runs.push((*place, vec![*function])),
        }
    }
    runs
}

fn rest_data(bound: &Bound, data: &[Range<u32>]) -> DataSection {
    let mut section = DataSection::new();
    for segment in &bound.data {
        let Some(start) = address(&segment.kind) else { continue };
        for place in data.iter().filter_map(|range| within(range, start, segment.data.len())) {
            let (at, bytes) = (start + place.start as u32, &segment.data[place]);
            if bytes.iter().any(|b| *b != 0) {
                section.active(0, &ConstExpr::i32_const(at as i32), bytes.iter().copied());
            }
        }
    }
    section
}
