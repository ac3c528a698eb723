//! House rules that no compiler checks: the layers, module docs, file sizes.
//!
//! The layers are those of `ARCHITECTURE.md`, highest first. A top-level module may use only what
//! stands on a lower line; modules of one line never use each other. So there can be no cycle.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The lines of the code map, highest first.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["report"],
    &["experiment"],
    &["import"],
    &["scenario"],
    &["world"],
    &["cluster", "service", "spark", "workload"],
    &["policy"],
    &["kernel"],
    &["metrics"],
    &["effect"],
    &["record"],
    &["event"],
    &["model"],
    &["engine", "stats", "theory"],
    &["random", "files"],
    &["units", "id"],
];

const MAX_LINES: usize = 600;

/// A source file: the top-level module that it belongs to, its path, its text.
struct Source {
    module: String,
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources = files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let relative = path.strip_prefix(&root).unwrap();
        let first = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        Source {
            module,
            path: relative.display().to_string(),
            text,
        }
    });
    sources.collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&module))
}

/// The top-level modules that a text names: `crate::x`, `sparksim::x`, and each of
/// `use crate::{x, y::…}`. Comments do not count, except that links in docs never need to climb.
fn used(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut names = BTreeSet::new();
    for (position, _) in code.match_indices("crate::") {
        let rest = code[position + "crate::".len()..].trim_start();
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for character in list.chars() {
                match character {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.extend(first_name(&std::mem::take(&mut item))),
                    _ => {}
                }
                item.push(character);
            }
            names.extend(first_name(&item));
        } else {
            names.extend(first_name(rest));
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let path = path.trim_start_matches(|c: char| !c.is_alphabetic() && c != '_');
    let name: String = path
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Every use of a module that does not stand on a lower line.
fn forbidden(sources: &[Source]) -> Vec<String> {
    let mut edges = Vec::new();
    for source in sources {
        let Some(from) = rank(&source.module) else {
            continue;
        };
        for name in used(&source.text) {
            let climbs = rank(&name).is_some_and(|to| to <= from);
            if climbs && name != source.module {
                let line = LAYERS[from].join(", ");
                edges.push(format!("{}: `{name}` is not below {line}", source.path));
            }
        }
    }
    edges
}

#[test]
fn every_module_uses_only_what_stands_on_a_lower_line() {
    assert_eq!(forbidden(&sources()), Vec::<String>::new());
}

#[test]
fn every_top_level_module_has_its_line_in_the_code_map_and_in_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let modules: BTreeSet<_> = sources().into_iter().map(|source| source.module).collect();
    for module in modules
        .iter()
        .filter(|module| !["lib", "main"].contains(&module.as_str()))
    {
        assert!(
            rank(module).is_some(),
            "`{module}` stands on no line of tests/it/tidy.rs"
        );
        let names = [format!("{module}/"), format!("{module}.rs")];
        for (document, text) in [("src/lib.rs", &map), ("ARCHITECTURE.md", &architecture)] {
            assert!(
                names.iter().any(|name| text.contains(name)),
                "{document} lacks `{module}`"
            );
        }
    }
    for module in LAYERS.iter().flat_map(|line| line.iter()) {
        assert!(
            modules.contains(*module),
            "`{module}` has a line but no code"
        );
    }
}

#[test]
fn the_check_sees_climbing_and_sideways_imports_and_cycles() {
    let file = |module: &str, text: &str| Source {
        module: module.into(),
        path: format!("{module}.rs"),
        text: text.into(),
    };
    let good = file(
        "spark",
        "use crate::kernel::Kernel;\n// crate::world is only talked of\n",
    );
    let climbing = file("model", "use crate::{units::Time, world::{self, World}};\n");
    let sideways = file("service", "fn f(app: crate::spark::Spark) {}\n");
    let cycle = [
        file("stats", "use crate::theory::X;"),
        file("theory", "use crate::stats::Y;"),
    ];
    assert_eq!(forbidden(&[good]), Vec::<String>::new());
    assert_eq!(
        forbidden(&[climbing]),
        ["model.rs: `world` is not below model"]
    );
    let line = "cluster, service, spark, workload";
    assert_eq!(
        forbidden(&[sideways]),
        [format!("service.rs: `spark` is not below {line}")]
    );
    assert_eq!(forbidden(&cycle).len(), 2);
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    for Source { path, text, .. } in sources() {
        assert!(
            text.starts_with("//!"),
            "{path} does not begin with what it is"
        );
        let lines = text.lines().count();
        assert!(
            lines <= MAX_LINES,
            "{path} has {lines} lines; more than one idea?"
        );
        let switched_off = concat!("#[", "ignore");
        assert!(
            !text.contains(switched_off),
            "{path} ignores a test; assert what it does instead"
        );
    }
}

#[test]
fn a_mod_file_holds_no_logic() {
    for Source { path, text, .. } in sources() {
        // `metrics`, `policy` and `model` keep the type or trait that the folder is about there.
        let about = [
            "metrics/mod.rs",
            "model/mod.rs",
            "cli/mod.rs",
            "units/mod.rs",
        ];
        if !path.ends_with("mod.rs") || about.contains(&path.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        let logic = code.lines().map(str::trim_start).filter(|line| {
            line.starts_with("for ") || line.starts_with("while ") || line.starts_with("loop ")
        });
        assert_eq!(
            logic.count(),
            0,
            "{path} has loops; logic belongs into a file of its own"
        );
    }
}
