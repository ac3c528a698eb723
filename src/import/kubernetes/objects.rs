//! Documents to objects: a list that `kubectl` printed is as many objects as it has items.

use super::reading::Reading;
use super::yaml::{self, Node, Value};
use crate::scenario::Diagnostic;

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Its kind, such as `Deployment`.
    pub(super) kind: String,
    /// The namespace that it says it is in; `default` where it does not say.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// All of it.
    pub(super) node: Node,
}

impl Object {
    /// What messages call it.
    pub(super) fn path(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// The objects of a text.
pub(super) fn read(name: &str, text: &str, reading: &mut Reading) -> Vec<Object> {
    let start = reading.add_file(name, text);
    let mut objects = Vec::new();
    match yaml::documents(text, start) {
        Ok(documents) => {
            for document in documents {
                collect(document, reading, &mut objects);
            }
        }
        Err(error) => {
            let message = format!("this is not YAML: {}", error.message);
            let problem = match error.span {
                Some(span) => Diagnostic::at(span, message).label("the parser stops here"),
                None => Diagnostic::whole(format!("`{name}`: {message}")),
            };
            // `{{` opens two mappings, the inner as a key of the outer.
            let is_template = text.contains("{{");
            reading.problems.push(if is_template {
                problem.help(
                    "it looks like a template: render it first, e.g. with `helm template` or \
                     `kubectl kustomize`",
                )
            } else {
                problem
            });
        }
    }
    objects
}

/// The objects of a document.
fn collect(document: Node, reading: &mut Reading, objects: &mut Vec<Object>) {
    // Lists may hold lists; the parser bounds how deep.
    let mut open = vec![document];
    while let Some(mut node) = open.pop() {
        let Some(kind) = node.text_at(&["kind"]).map(str::to_owned) else {
            match &mut node.value {
                // Some tools print the bare items.
                Value::List(items) => open.extend(items.drain(..).rev()),
                _ => reading.problem(
                    &node,
                    "this is no Kubernetes object",
                    "expected a mapping with `apiVersion`, `kind` and `metadata`",
                ),
            }
            continue;
        };
        if kind.ends_with("List") && node.get("items").is_some() {
            if let Value::Map(entries) = &mut node.value {
                let items = entries.iter_mut().find(|(key, _)| key == "items");
                if let Some((
                    _,
                    Node {
                        value: Value::List(items),
                        ..
                    },
                )) = items
                {
                    open.extend(items.drain(..).rev());
                }
            }
            continue;
        }
        let Some(name) = node.text_at(&["metadata", "name"]).map(str::to_owned) else {
            if node.text_at(&["metadata", "generateName"]).is_some() {
                let prefix = node.text_at(&["metadata", "generateName"]);
                let name = prefix.unwrap_or_default().trim_end_matches('-').to_owned();
                objects.push(object(kind, name, node));
            } else {
                reading.problem(
                    &node,
                    format!("a {kind} without a name"),
                    "`metadata.name` is missing",
                );
            }
            continue;
        };
        objects.push(object(kind, name, node));
    }
}

fn object(kind: String, name: String, node: Node) -> Object {
    let namespace = node.text_at(&["metadata", "namespace"]);
    Object {
        kind,
        namespace: namespace.unwrap_or("default").to_owned(),
        name,
        node,
    }
}
