//! `lp`: many containers at once, by a linear programme; one at a time, best-fit.
//!
//! Of the containers that wait, those of a kind are alike, so what is asked is how many of kind `k`
//! go to node `j`, `y[k, j]`:
//!
//! maximise `Σ (1 − j / 8192) · y[k, j]` subject to `Σ_j y[k, j] ≤ n[k]`, and for each node and each
//! resource `Σ_k want[k] · y[k, j] ≤ free[j]`, where `0 ≤ y[k, j]`, and `y[k, j] = 0` where labels,
//! taints or anti-affinity keep the kind away (`≤ 1` where at most one may come).
//!
//! Nodes are in the order of best-fit, the fullest first, 64 at most; containers are 64 at most. So the
//! second term is below a half for all of them together: first as many as possible are placed, then on
//! the fullest nodes. A node's constraint for a resource is left out where everything fits there.
//!
//! The answer is rounded: each `y` down to a whole number, then what was cut off is handed out, the
//! largest parts first, where there is room. What is left after that is best-fit's; and where best-fit
//! by itself would place more on these nodes, all of it is. Optimal is the programme before rounding,
//! not what comes of it: the whole-number programme is NP-hard (vector bin packing).
//!
//! The simplex method is that of the crate `microlp`.

use super::best_fit::{BestFit, room};
use super::nodes::{NodeTable, View};
use super::{Placement, Waiting};
use crate::id::NodeId;
use crate::model::{Apart, Resources};
use crate::random::Draw;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

/// Nodes that a programme looks at.
const MOST_NODES: usize = 64;
/// Within this of a whole number the solver means that number.
const NEAR: f64 = 1e-6;

/// Best-fit, and plans.
#[derive(Clone, Debug, Default)]
pub(super) struct Lp {
    one_by_one: BestFit,
}

impl Placement for Lp {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.one_by_one.changed(node, nodes);
    }

    fn pick(&mut self, view: &View<'_>, draw: &mut Draw) -> Option<NodeId> {
        self.one_by_one.pick(view, draw)
    }

    fn plan(&mut self, waiting: &[Waiting<'_>], nodes: &NodeTable) -> Vec<(usize, NodeId)> {
        let batch = Batch::new(waiting, nodes);
        let Some(parts) = batch.solve() else {
            return Vec::new();
        };
        let rounded = batch.rounded(&parts);
        let completed = batch.completed(rounded.clone()).len();
        if completed < batch.completed(Vec::new()).len() {
            return Vec::new();
        }
        let chosen = rounded.into_iter();
        chosen
            .map(|(kind, position)| (kind, batch.nodes[position].0))
            .collect()
    }
}

/// A container of the kind at that position, at the node at that position.
type Choice = (usize, usize);

/// What a programme is about.
struct Batch<'a> {
    waiting: &'a [Waiting<'a>],
    /// The nodes, the fullest first, and what they have free.
    nodes: Vec<(NodeId, Resources)>,
    /// By kind and node: the most that may come.
    most: Vec<Vec<u32>>,
}

/// How many fit into what is free, of those that there are.
fn copies(free: Resources, wanted: Resources, count: u32) -> u32 {
    let times = |free: u64, wanted: u64| free.checked_div(wanted).unwrap_or(u64::MAX);
    let [free, wanted] = [free, wanted].map(amounts);
    let most = free.iter().zip(wanted).map(|(free, it)| times(*free, it));
    most.fold(u64::from(count), u64::min) as u32
}

fn amounts(it: Resources) -> [u64; 5] {
    [
        it.cpu.0,
        it.memory.0,
        it.disk.0,
        it.gpus.into(),
        it.containers.into(),
    ]
}

impl<'a> Batch<'a> {
    fn new(waiting: &'a [Waiting<'a>], table: &NodeTable) -> Self {
        let view = |kind: &Waiting<'a>| View::new(table, kind.kind, kind.demand);
        let mut nodes: Vec<NodeId> = Vec::new();
        for kind in waiting {
            nodes.extend(view(kind).candidates().map(|(node, _)| node));
        }
        nodes.sort_unstable_by_key(|&node| (room(table.get(node)), node));
        nodes.dedup();
        nodes.truncate(MOST_NODES);
        let most = waiting.iter().map(|kind| {
            let view = view(kind);
            let most = nodes.iter().map(|&node| {
                let count = match kind.demand.placing.apart {
                    Some(Apart::Nodes) => kind.count.min(1),
                    _ => kind.count,
                };
                if view.allows(node) {
                    copies(table.get(node).free, view.wanted(), count)
                } else {
                    0
                }
            });
            most.collect()
        });
        let most = most.collect();
        let nodes = nodes.into_iter().map(|it| (it, table.get(it).free));
        Self {
            waiting,
            nodes: nodes.collect(),
            most,
        }
    }

    /// By kind and node: how many go there, not rounded.
    fn solve(&self) -> Option<Vec<Vec<f64>>> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let parts: Vec<Vec<Option<Variable>>> = self
            .most
            .iter()
            .map(|most| {
                let parts = most.iter().enumerate().map(|(position, &most)| {
                    let worth = 1.0 - position as f64 / 8192.0;
                    (most > 0).then(|| problem.add_var(worth, (0.0, f64::from(most))))
                });
                parts.collect()
            })
            .collect();
        for (kind, parts) in self.waiting.iter().zip(&parts) {
            let terms: Vec<_> = parts.iter().flatten().map(|part| (*part, 1.0)).collect();
            problem.add_constraint(&terms, ComparisonOp::Le, f64::from(kind.count));
        }
        for (position, (_, free)) in self.nodes.iter().enumerate() {
            for (resource, free) in amounts(*free).into_iter().enumerate() {
                let mut terms = Vec::new();
                let mut all = 0_u64;
                for (number, kind) in self.waiting.iter().enumerate() {
                    let wanted = amounts(kind.demand.resources)[resource];
                    if let Some(part) = parts[number][position].filter(|_| wanted > 0) {
                        all = all.saturating_add(wanted * u64::from(self.most[number][position]));
                        terms.push((part, wanted as f64 / free as f64));
                    }
                }
                if all > free {
                    problem.add_constraint(&terms, ComparisonOp::Le, 1.0);
                }
            }
        }
        let outcome = problem.solve().ok()?;
        let solution = outcome.solution()?;
        let value = |part: &Option<Variable>| part.map_or(0.0, |part| solution.var_value(part));
        let values = parts.iter().map(|parts| parts.iter().map(value).collect());
        Some(values.collect())
    }

    /// Whole containers: all of the whole ones, then parts, the largest first.
    fn rounded(&self, parts: &[Vec<f64>]) -> Vec<Choice> {
        let mut state = Filling::new(self);
        let mut cut_off: Vec<(f64, Choice)> = Vec::new();
        for (kind, parts) in parts.iter().enumerate() {
            for (position, part) in parts.iter().enumerate() {
                let whole = (part + NEAR).floor();
                for _ in 0..whole as u32 {
                    state.put((kind, position));
                }
                if NEAR < part - whole {
                    cut_off.push((part - whole, (kind, position)));
                }
            }
        }
        cut_off
            .sort_by(|(one, at), (other, there)| other.total_cmp(one).then_with(|| at.cmp(there)));
        for (_, choice) in cut_off {
            state.put(choice);
        }
        state.chosen
    }

    /// What was chosen, and what best-fit adds on these nodes.
    fn completed(&self, chosen: Vec<Choice>) -> Vec<Choice> {
        let mut state = Filling::new(self);
        for choice in chosen {
            state.put(choice);
        }
        for kind in 0..self.waiting.len() {
            while state.left[kind] > 0 {
                let possible = (0..self.nodes.len()).filter(|&it| state.may((kind, it)));
                let fullest =
                    possible.min_by_key(|&it| (state.free[it].cpu, state.free[it].memory));
                let Some(position) = fullest else { break };
                state.put((kind, position));
            }
        }
        state.chosen
    }
}

/// Nodes as containers come to them.
struct Filling<'b> {
    batch: &'b Batch<'b>,
    /// By node.
    free: Vec<Resources>,
    /// By kind: those without a node.
    left: Vec<u32>,
    /// By kind and node: how many more may come, as far as it is not a matter of room.
    most: Vec<Vec<u32>>,
    chosen: Vec<Choice>,
}

impl<'b> Filling<'b> {
    fn new(batch: &'b Batch<'b>) -> Self {
        Self {
            batch,
            free: batch.nodes.iter().map(|(_, free)| *free).collect(),
            left: batch.waiting.iter().map(|it| it.count).collect(),
            most: batch.most.clone(),
            chosen: Vec::new(),
        }
    }

    fn may(&self, (kind, position): Choice) -> bool {
        let wanted = self.batch.waiting[kind].demand.resources;
        self.left[kind] > 0 && self.most[kind][position] > 0 && self.free[position].fits(wanted)
    }

    /// Puts a container there, if it may be there.
    fn put(&mut self, choice: Choice) {
        if self.may(choice) {
            let (kind, position) = choice;
            self.left[kind] -= 1;
            self.most[kind][position] -= 1;
            self.free[position] -= self.batch.waiting[kind].demand.resources;
            self.chosen.push(choice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Id, IdVec, KindId, PoolId};
    use crate::model::{Kind, Placing};
    use crate::policy::placement::NodeState;
    use crate::units::{Bytes, Cpu};
    use proptest::prelude::*;

    fn kind(cpu: u64, memory: u64) -> Kind {
        Kind {
            resources: Resources::container(Cpu(cpu), Bytes(memory)),
            memory_limit: None,
            image: None,
            service: None,
            app: None,
            gang: None,
            placing: Placing::default(),
        }
    }

    /// Nodes with so much free, and the policy that has been fed them.
    fn fed(nodes: &[(u64, u64)], kinds: usize) -> (NodeTable, Lp) {
        let mut table = NodeTable::new(0, kinds, 0);
        let mut lp = Lp::default();
        for &(cpu, memory) in nodes {
            let free = Resources::node(Cpu(cpu), Bytes(memory));
            let node = table.push(NodeState {
                pool: PoolId(0),
                zone: None,
                open: true,
                allocatable: free,
                free,
                images: IdVec::new(),
                kinds: (0..kinds).map(|_| 0).collect(),
                containers: 0,
            });
            lp.changed(node, &table);
        }
        (table, lp)
    }

    fn waiting<'a>(kinds: &'a [Kind], counts: &[u32]) -> Vec<Waiting<'a>> {
        let all = kinds.iter().zip(counts).enumerate();
        let all = all.map(|(index, (demand, &count))| Waiting {
            kind: KindId::new(index),
            demand,
            count,
        });
        all.collect()
    }

    /// The most containers that can be placed at all, one after the other in every way.
    fn brute_force(free: &mut [(u64, u64)], wanted: &[(u64, u64)]) -> usize {
        let Some((&(cpu, memory), rest)) = wanted.split_first() else {
            return 0;
        };
        let mut best = brute_force(free, rest);
        for node in 0..free.len() {
            if free[node].0 < cpu || free[node].1 < memory || best == wanted.len() {
                continue;
            }
            free[node].0 -= cpu;
            free[node].1 -= memory;
            best = best.max(1 + brute_force(free, rest));
            free[node].0 += cpu;
            free[node].1 += memory;
        }
        best
    }

    /// The first goes to the fullest node under best-fit and spoils it for the second, which has the
    /// memory nowhere else.
    #[test]
    fn the_programme_places_what_best_fit_cannot() {
        let kinds = [kind(2, 2), kind(2, 9)];
        let (table, mut lp) = fed(&[(4, 10), (6, 2)], 2);
        let asked = waiting(&kinds, &[1, 1]);
        assert_eq!(Batch::new(&asked, &table).completed(Vec::new()), [(0, 0)]);
        let mut plan = lp.plan(&asked, &table);
        plan.sort_unstable();
        assert_eq!(plan, [(0, NodeId(1)), (1, NodeId(0))]);
    }

    /// With room for all the fullest node is filled first: 2 of 3 free cores on the second.
    #[test]
    fn the_fullest_nodes_come_first() {
        let kinds = [kind(1, 1)];
        let (table, mut lp) = fed(&[(8, 8), (3, 8), (8, 8)], 1);
        let plan = lp.plan(&waiting(&kinds, &[4]), &table);
        let nodes: Vec<u32> = plan.iter().map(|(_, node)| node.0).collect();
        assert_eq!(nodes, [1, 1, 1, 0]);
    }

    #[test]
    fn containers_that_keep_apart_get_a_node_each() {
        let mut apart = kind(1, 1);
        apart.placing.apart = Some(Apart::Nodes);
        let kinds = [apart];
        let (mut table, mut lp) = fed(&[(8, 8), (8, 8), (8, 8)], 1);
        table.place(NodeId(1), KindId(0), kinds[0].resources);
        lp.changed(NodeId(1), &table);
        let mut plan = lp.plan(&waiting(&kinds, &[5]), &table);
        plan.sort_unstable();
        assert_eq!(plan, [(0, NodeId(0)), (0, NodeId(2))]);
    }

    proptest! {
        #[test]
        fn plans_are_between_best_fit_and_the_best_and_never_overfill(
            nodes in prop::collection::vec((1_u64..9, 1_u64..9), 1..4),
            asked in prop::collection::vec(((1_u64..7, 1_u64..7), 1_u32..4), 1..4),
        ) {
            let kinds: Vec<Kind> = asked.iter().map(|((cpu, memory), _)| kind(*cpu, *memory)).collect();
            let counts: Vec<u32> = asked.iter().map(|(_, count)| *count).collect();
            let (table, mut lp) = fed(&nodes, kinds.len());
            let waiting = waiting(&kinds, &counts);
            let batch = Batch::new(&waiting, &table);
            let bound: f64 = batch.solve().unwrap().iter().flatten().sum();
            let plan = lp.plan(&waiting, &table);
            prop_assert_eq!(&plan, &lp.plan(&waiting, &table));
            let mut free = nodes.clone();
            let mut taken = vec![0; kinds.len()];
            for &(kind, node) in &plan {
                let (cpu, memory) = asked[kind].0;
                let left = &mut free[node.index()];
                prop_assert!(cpu <= left.0 && memory <= left.1, "{:?} is too full", node);
                *left = (left.0 - cpu, left.1 - memory);
                taken[kind] += 1;
            }
            prop_assert!(taken.iter().zip(&counts).all(|(taken, count)| taken <= count));
            let wanted: Vec<_> = asked
                .iter()
                .flat_map(|(wanted, count)| (0..*count).map(move |_| *wanted))
                .collect();
            let most = brute_force(&mut nodes.clone(), &wanted);
            prop_assert!(most as f64 <= bound + 1e-6, "{} is more than {}", most, bound);
            // What is not planned is best-fit's, which begins with what is free then.
            let position = |node: NodeId| batch.nodes.iter().position(|(it, _)| *it == node).unwrap();
            let chosen = plan.iter().map(|(kind, node)| (*kind, position(*node)));
            let placed = batch.completed(chosen.collect()).len();
            let alone = batch.completed(Vec::new()).len();
            prop_assert!(alone <= placed && placed <= most, "{} {} {}", alone, placed, most);
        }
    }
}
