//! What the code of the first part refers to, read from a linked module's symbols and relocations.

use super::bound::address;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasmparser::{KnownCustom, Linking, Name, Parser, Payload, SymbolInfo};

/// A function, by index, or a piece of data, by symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Function(u32),
    Data(u32),
}

/// What is read of a module.
#[derive(Default)]
struct Linked {
    imported: u32,
    names: BTreeMap<u32, String>,
    /// Where functions' bodies lie in the code section, in order.
    bodies: Vec<Range<u32>>,
    /// Segments: address, and where the bytes lie in the data section.
    segments: Vec<(u32, u32)>,
    symbols: BTreeMap<u32, Node>,
    /// Pieces of data: segment, offset in it, size.
    pieces: BTreeMap<u32, (u32, u32, u32)>,
    /// Section index, then offset in it and symbol.
    relocations: Vec<(u32, Vec<(u32, u32)>)>,
    code: u32,
    data: u32,
}

/// What the first part needs and doesn't.
pub struct Reach {
    /// Addresses of the data that it can't reach, in order.
    pub waiting: Vec<Range<u32>>,
    /// Names of the functions that it can call, directly or through the table.
    pub called: BTreeSet<String>,
}

/// Follows what the functions named in `first` refer to.
pub fn reach(module: &[u8], first: &BTreeSet<&str>) -> Result<Reach, String> {
    let linked = read(module).map_err(|e| e.to_string())?;
    if linked.relocations.is_empty() {
        return Err("no relocations: was it linked with --emit-relocs?".into());
    }
    let edges = edges(&linked)?;
    let mut todo: Vec<Node> =
        linked.names.iter().filter(|(_, n)| first.contains(n.as_str())).map(|(i, _)| Node::Function(*i)).collect();
    let mut reached: BTreeSet<Node> = todo.iter().copied().collect();
    while let Some(node) = todo.pop() {
        for to in edges.get(&node).into_iter().flatten() {
            // What a function that waits refers to waits with it.
            if reached.insert(*to) && matches!(to, Node::Data(_)) {
                todo.push(*to);
            }
        }
    }
    let (kept, waiting): (Vec<_>, Vec<_>) = linked.pieces.iter().partition(|(s, _)| reached.contains(&Node::Data(**s)));
    let functions = reached.iter().filter_map(|n| if let Node::Function(f) = n { linked.names.get(f) } else { None });
    Ok(Reach {
        waiting: without(addresses(&linked, waiting), &addresses(&linked, kept)),
        called: functions.cloned().collect(),
    })
}

/// Where pieces of data lie in memory, as few ranges as possible, in order.
fn addresses(linked: &Linked, pieces: Vec<(&u32, &(u32, u32, u32))>) -> Vec<Range<u32>> {
    let address = |(segment, offset, size): (u32, u32, u32)| {
        let at = linked.segments.get(segment as usize).map_or(0, |s| s.0) + offset;
        at..at + size
    };
    let mut all: Vec<Range<u32>> = pieces.into_iter().map(|(_, p)| address(*p)).filter(|r| !r.is_empty()).collect();
    all.sort_by_key(|r| r.start);
    let mut out: Vec<Range<u32>> = Vec::new();
    for r in all {
        match out.last_mut() {
            Some(last) if r.start <= last.end => last.end = last.end.max(r.end),
            _ => out.push(r),
        }
    }
    out
}

/// `ranges` without what lies in `holes`: two symbols may share bytes.
fn without(ranges: Vec<Range<u32>>, holes: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut out = Vec::new();
    for mut r in ranges {
        for h in holes.iter().filter(|h| h.start < r.end && r.start < h.end).cloned().collect::<Vec<_>>() {
            out.push(r.start..h.start.max(r.start));
            r.start = h.end.min(r.end).max(r.start);
        }
        out.push(r);
    }
    out.retain(|r| !r.is_empty());
    out
}

/// For each function and piece of data what it refers to.
fn edges(linked: &Linked) -> Result<BTreeMap<Node, Vec<Node>>, String> {
    // Where the pieces lie in the data section, in order.
    let mut pieces: Vec<(u32, u32, u32)> = Vec::new();
    for (symbol, (segment, offset, size)) in &linked.pieces {
        let at = linked.segments.get(*segment as usize).map_or(0, |s| s.1) + offset;
        pieces.push((at, at + size, *symbol));
    }
    pieces.sort_unstable();
    let mut edges: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for (section, list) in &linked.relocations {
        for (offset, symbol) in list {
            let Some(to) = linked.symbols.get(symbol) else { continue };
            if *section == linked.code {
                let body = linked.bodies.partition_point(|b| b.end <= *offset);
                if !linked.bodies.get(body).is_some_and(|b| b.contains(offset)) {
                    return Err(format!("a relocation at {offset} lies in no function"));
                }
                edges.entry(Node::Function(linked.imported + body as u32)).or_default().push(*to);
            } else if *section == linked.data {
                // Symbols may share bytes: all of them refer to it.
                let end = pieces.partition_point(|p| p.0 <= *offset);
                let holders: Vec<u32> =
                    pieces[..end].iter().rev().take(8).filter(|p| *offset < p.1).map(|p| p.2).collect();
                if holders.is_empty() {
                    return Err(format!("a relocation at {offset} lies in no data symbol"));
                }
                for holder in holders {
                    edges.entry(Node::Data(holder)).or_default().push(*to);
                }
            }
        }
    }
    Ok(edges)
}

fn read(module: &[u8]) -> wasmparser::Result<Linked> {
    let mut linked = Linked::default();
    let mut section = 0;
    let mut code_start = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let here = section;
        // Entries of the code section are no sections of their own.
        let counts = payload.as_section().is_some() && !matches!(payload, Payload::CodeSectionEntry(_));
        section += u32::from(counts);
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    linked.imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { range, .. } => {
                linked.code = here;
                code_start = range.start as u32;
            }
            Payload::CodeSectionEntry(body) => {
                let r = body.range();
                linked.bodies.push(r.start as u32 - code_start..r.end as u32 - code_start);
            }
            Payload::DataSection(segments) => {
                linked.data = here;
                let start = segments.range().start;
                for segment in segments {
                    let segment = segment?;
                    let bytes = (segment.range.end - segment.data.len() - start) as u32;
                    linked.segments.push((address(&segment.kind).unwrap_or(0), bytes));
                }
            }
            Payload::CustomSection(custom) => match custom.as_known() {
                KnownCustom::Name(names) => {
                    for name in names {
                        if let Name::Function(map) = name? {
                            for naming in map {
                                let naming = naming?;
                                linked.names.insert(naming.index, naming.name.into());
                            }
                        }
                    }
                }
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        if let Linking::SymbolTable(symbols) = part? {
                            for (i, symbol) in symbols.into_iter().enumerate() {
                                match symbol? {
                                    SymbolInfo::Data { symbol: Some(d), .. } => {
                                        linked.pieces.insert(i as u32, (d.index, d.offset, d.size));
                                        linked.symbols.insert(i as u32, Node::Data(i as u32));
                                    }
                                    SymbolInfo::Func { index, .. } => {
                                        linked.symbols.insert(i as u32, Node::Function(index));
                                    }
                                    _ => {}
                                }
                            }
                        }
                    }
                }
                KnownCustom::Reloc(relocations) => {
                    let mut list = Vec::new();
                    for entry in relocations.entries() {
                        let entry = entry?;
                        // A relocation of this kind names a type, not a symbol.
                        if entry.ty != wasmparser::RelocationType::TypeIndexLeb {
                            list.push((entry.offset, entry.index));
                        }
                    }
                    linked.relocations.push((relocations.section_index(), list));
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(linked)
}
