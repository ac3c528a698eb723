//! `autoscale`: numbers in their domain, defaults of Kubernetes and Knative, and what does not go
//! together with a changing number of replicas.

use super::Context;
use super::context::MOST;
use crate::model::{
    Autoscale, Concurrency, DisciplineKind, Hpa, HpaMetric, HybridHistogram, KeepAlive, Pace,
    QueueKind, ScalingPolicy, ScheduledReplicas,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    AutoscaleSpec, ConcurrencySpec, Entity, HpaSpec, HybridHistogramSpec, KeepAliveSpec, PaceSpec,
    ScheduleStepSpec, ServiceSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::{Duration, Time};

/// Bins of a histogram: more are taken for a mistake.
const MOST_BINS: u64 = 1_000_000;
/// Defaults of kube-controller-manager and of `spec.behavior`.
const HPA_PERIOD: Duration = Duration::from_secs(15);
const HPA_TOLERANCE: f64 = 0.1;
const HPA_RATE_PERIOD: Duration = Duration::from_secs(15);
const HPA_PERCENT: f64 = 100.0;
const HPA_REPLICAS_UP: u32 = 4;
const HPA_STABILIZATION_DOWN: Duration = Duration::from_secs(300);
/// Defaults of Knative's `config-autoscaler`.
const KNATIVE_PERIOD: Duration = Duration::from_secs(2);
const KNATIVE_WINDOW: Duration = Duration::from_secs(60);
const KNATIVE_PANIC_SHARE: u64 = 10;
const KNATIVE_PANIC_THRESHOLD: f64 = 2.0;
const KNATIVE_UP_RATE: f64 = 1000.0;
const KNATIVE_DOWN_RATE: f64 = 2.0;
const KNATIVE_GRACE: Duration = Duration::from_secs(30);
/// What Shahrad and others use.
const HISTOGRAM_BIN: Duration = Duration::from_secs(60);
const HISTOGRAM_RANGE: Duration = Duration::from_secs(4 * 3600);
const HISTOGRAM_HEAD: f64 = 0.05;
const HISTOGRAM_TAIL: f64 = 0.99;
const HISTOGRAM_MARGIN: f64 = 0.1;
const HISTOGRAM_MIN_CV: f64 = 2.0;

/// A policy and how many replicas there are at the start.
pub(crate) struct Scaled {
    /// The policy.
    pub(crate) autoscale: Autoscale,
    /// Replicas at the start.
    pub(crate) initial: u32,
}

/// What changes the number of replicas of a service.
pub(crate) fn resolve(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<Scaled> {
    let spec = entity.spec.autoscale.as_ref()?;
    let name = entity.name.as_str();
    let path = format!("services.{name}.autoscale");
    check(entity, spec, context);
    let mut reader = Reader { path, context };
    let scaled = match &spec.value {
        AutoscaleSpec::Hpa(hpa) => reader.hpa(hpa, spec.span, name),
        AutoscaleSpec::Concurrency(knative) => reader.concurrency(knative, spec.span, name),
        AutoscaleSpec::Schedule(steps) => reader.schedule(steps, spec.span),
        AutoscaleSpec::KeepAlive(keep) => reader.keep_alive(keep, spec.span, name),
    }?;
    check_cold(entity, &scaled.autoscale, spec.span, context);
    Some(scaled)
}

/// Where requests wait unless the scenario says so: where replicas come for those who wait, in one
/// queue before all of them.
pub(crate) fn default_queue(autoscale: Option<&Autoscale>) -> QueueKind {
    match autoscale.map(|autoscale| &autoscale.policy) {
        Some(ScalingPolicy::Concurrency(_) | ScalingPolicy::KeepAlive(_)) => QueueKind::Central,
        _ => QueueKind::PerReplica,
    }
}

/// Reports what says otherwise how many replicas there are.
fn check(entity: &Entity<ServiceSpec>, spec: &Located<AutoscaleSpec>, context: &mut Context<'_>) {
    let service = &entity.spec;
    let name = entity.name.as_str();
    for (key, other, why) in [
        (
            "replicas",
            service.replicas.as_ref().map(|it| it.span),
            "`autoscale` decides how many replicas there are",
        ),
        (
            "setup",
            service.setup.as_ref().map(|it| it.span),
            "replicas would be switched off and removed; `autoscale = { keep-alive = … }` does both",
        ),
        (
            "breakdowns",
            service.breakdowns.as_ref().map(|it| it.span),
            "breakdowns are not modelled where replicas come and go",
        ),
    ] {
        if let Some(span) = other {
            context.problem(
                Diagnostic::at(
                    span,
                    format!("`services.{name}` has both `{key}` and `autoscale`"),
                )
                .label(why)
                .help(match key {
                    "replicas" => "leave one out; `min`, `max` and `initial` of `autoscale` are numbers of replicas",
                    _ => "leave one out",
                }),
            );
        }
    }
    let waits = matches!(
        spec.value,
        AutoscaleSpec::Concurrency(_) | AutoscaleSpec::KeepAlive(_)
    );
    let sharing = service.discipline.as_ref();
    let sharing = sharing.filter(|it| it.value.0 == DisciplineKind::ProcessorSharing);
    let own = service.queue.as_ref();
    if let (true, Some(sharing), None) = (waits, sharing, own) {
        context.problem(
            Diagnostic::at(
                sharing.span,
                "`processor-sharing` is not modelled with a central queue",
            )
            .label("with this `autoscale` requests wait in one")
            .help("add `queue = \"per-replica\"` and a `min` of at least 1, or use `hpa`"),
        );
    }
}

/// Reports a service whose requests could not wait for the first replica.
fn check_cold(
    entity: &Entity<ServiceSpec>,
    autoscale: &Autoscale,
    span: Span,
    context: &mut Context<'_>,
) {
    let service = &entity.spec;
    let name = entity.name.as_str();
    let own_queues = service.queue.as_ref();
    let own_queues = own_queues.filter(|queue| queue.value.0 == QueueKind::PerReplica);
    let keeps = matches!(autoscale.policy, ScalingPolicy::KeepAlive(_));
    if let Some(queue) = own_queues.filter(|_| autoscale.starts_cold() || keeps) {
        context.problem(
            Diagnostic::at(
                queue.span,
                format!("requests of `services.{name}` must be able to wait without a replica"),
            )
            .label("each queue stands before a replica")
            .help("leave `queue` out: they wait in one queue; or use `concurrency` with `min = 1`"),
        );
    }
    let capacity = service.queue_capacity.as_ref();
    if let Some(capacity) = capacity.filter(|it| it.value == 0 && autoscale.starts_cold()) {
        context.problem(
            Diagnostic::at(
                capacity.span,
                format!("no request of `services.{name}` could wait for the first replica"),
            )
            .label("without a waiting place it is rejected, and no replica is started")
            .help("give it at least one waiting place, or a `min` of at least 1"),
        );
    }
    if autoscale.max < autoscale.min {
        context.problem(
            Diagnostic::at(span, "`max` must not be less than `min`").label(format!(
                "between {} and {} there is no number of replicas",
                autoscale.min, autoscale.max
            )),
        );
    }
}

/// What reads the parameters of one policy.
struct Reader<'c, 'a> {
    path: String,
    context: &'c mut Context<'a>,
}

/// The numbers of replicas that all policies but the schedule have.
struct Bounds {
    min: u32,
    max: u32,
    initial: u32,
}

impl Reader<'_, '_> {
    fn hpa(&mut self, spec: &HpaSpec, span: Span, service: &str) -> Option<Scaled> {
        let path = ["services", service, "autoscale", "hpa"];
        let metric =
            self.context
                .required(spec.metric.as_ref(), (&path, "metric"), span, "\"cpu\"");
        let target = self
            .context
            .required(spec.target.as_ref(), (&path, "target"), span, "0.6");
        let bounds = self.bounds(
            [&spec.min, &spec.max, &spec.initial].map(Option::as_ref),
            (&path, span),
            1,
        );
        let metric = metric.map(|metric| metric.value.0);
        let hpa = Hpa {
            metric: metric.unwrap_or(HpaMetric::Cpu),
            target: self.above(target, "target", (0.0, 1.0)),
            period: self.positive(spec.period.as_ref(), "period", HPA_PERIOD),
            tolerance: self.share(spec.tolerance.as_ref(), "tolerance", HPA_TOLERANCE),
            up: self.pace(
                spec.scale_up.as_ref(),
                ("scale-up", Duration::ZERO, Some(HPA_REPLICAS_UP)),
            ),
            down: self.pace(
                spec.scale_down.as_ref(),
                ("scale-down", HPA_STABILIZATION_DOWN, None),
            ),
        };
        // Without a metric there is a problem that has been told.
        Some(bounds?.with(ScalingPolicy::Hpa(hpa))).filter(|_| metric.is_some())
    }

    fn pace(
        &mut self,
        spec: Option<&Located<PaceSpec>>,
        (key, stabilization, replicas): (&str, Duration, Option<u32>),
    ) -> Pace {
        let Some(spec) = spec else {
            return Pace {
                stabilization,
                percent: Some(HPA_PERCENT),
                replicas,
                period: HPA_RATE_PERIOD,
            };
        };
        let given = spec.percent.is_some() || spec.replicas.is_some();
        if let (Some(period), false) = (&spec.period, given) {
            self.problem(
                period.span,
                format!("`{key}.period` says nothing"),
                "give the `percent` or the `replicas` that may change in it",
            );
        }
        let percent = spec.percent.as_ref();
        if let Some(percent) = percent.filter(|it| !(0.0 < it.value && it.value.is_finite())) {
            self.problem(
                percent.span,
                format!("`{key}.percent` must be above 0"),
                "no number would ever change",
            );
        }
        if let Some(number) = spec.replicas.as_ref().filter(|it| it.value == 0) {
            self.problem(
                number.span,
                format!("`{key}.replicas` must be at least 1"),
                "no number would ever change",
            );
        }
        let stabilization = spec
            .stabilization
            .as_ref()
            .map_or(stabilization, |it| it.value.0);
        let own = spec.replicas.as_ref().map(|it| it.value);
        Pace {
            stabilization,
            percent: if given {
                percent.map(|it| it.value)
            } else {
                Some(HPA_PERCENT)
            },
            replicas: if given { own } else { replicas },
            period: self.positive(spec.period.as_ref(), "period", HPA_RATE_PERIOD),
        }
    }

    fn concurrency(&mut self, spec: &ConcurrencySpec, span: Span, service: &str) -> Option<Scaled> {
        let path = ["services", service, "autoscale", "concurrency"];
        let target = self
            .context
            .required(spec.target.as_ref(), (&path, "target"), span, "10");
        let bounds = self.bounds(
            [&spec.min, &spec.max, &spec.initial].map(Option::as_ref),
            (&path, span),
            0,
        );
        let period = self.positive(spec.period.as_ref(), "period", KNATIVE_PERIOD);
        let window = self.positive(spec.window.as_ref(), "window", KNATIVE_WINDOW);
        let tenth = Duration::from_nanos(window.nanos() / KNATIVE_PANIC_SHARE).max(period);
        let panic_window = self.positive(spec.panic_window.as_ref(), "panic-window", tenth);
        if window < period {
            let at = spec.window.as_ref().or(spec.period.as_ref());
            self.problem(
                at.map_or(span, |it| it.span),
                "`window` must not be shorter than `period`".to_owned(),
                &format!("it is {window}, and decisions are made every {period}"),
            );
        }
        if period <= window && !(period..=window).contains(&panic_window) {
            let at = spec.panic_window.as_ref().or(spec.window.as_ref());
            self.problem(
                at.map_or(span, |it| it.span),
                "`panic-window` must not be shorter than `period` nor longer than `window`"
                    .to_owned(),
                &format!("it is {panic_window}, not between {period} and {window}"),
            );
        }
        let knative = Concurrency {
            target: self.above(target, "target", (0.0, 1.0)),
            period,
            window,
            panic_window,
            panic_threshold: self.above(
                spec.panic_threshold.as_ref(),
                "panic-threshold",
                (1.0, KNATIVE_PANIC_THRESHOLD),
            ),
            max_scale_up_rate: self.above(
                spec.max_scale_up_rate.as_ref(),
                "max-scale-up-rate",
                (1.0, KNATIVE_UP_RATE),
            ),
            max_scale_down_rate: self.above(
                spec.max_scale_down_rate.as_ref(),
                "max-scale-down-rate",
                (1.0, KNATIVE_DOWN_RATE),
            ),
            scale_to_zero_grace: spec
                .scale_to_zero_grace
                .as_ref()
                .map_or(KNATIVE_GRACE, |it| it.value.0),
        };
        let bounds = bounds?;
        if let (Some(grace), true) = (&spec.scale_to_zero_grace, bounds.min > 0) {
            self.problem(
                grace.span,
                "`scale-to-zero-grace` says nothing".to_owned(),
                "`min` is above 0, so the last replica never goes",
            );
        }
        Some(bounds.with(ScalingPolicy::Concurrency(knative)))
    }

    fn schedule(&mut self, steps: &[Located<ScheduleStepSpec>], span: Span) -> Option<Scaled> {
        let mut resolved: Vec<ScheduledReplicas> = Vec::new();
        for step in steps {
            let at = Time::ZERO + step.at.value.0;
            let problem = match resolved.last() {
                None if Time::ZERO < at => Some("the first step of a schedule is at \"0s\""),
                Some(last) if at <= last.at => Some("each step is later than the one before"),
                _ => None,
            };
            if let Some(problem) = problem {
                let label = "it is not known how many replicas there are until then";
                let label = if resolved.is_empty() {
                    label
                } else {
                    "this is not"
                };
                self.problem(step.at.span, problem.to_owned(), label);
                return None;
            }
            let replicas = self.population(&step.replicas, "replicas");
            resolved.push(ScheduledReplicas { at, replicas });
        }
        let most = resolved.iter().map(|step| step.replicas).max();
        let (Some(first), Some(max)) = (resolved.first(), most.filter(|most| *most > 0)) else {
            if !self.context.was_removed_within(span) {
                self.problem(
                    span,
                    "a schedule must have replicas at some time".to_owned(),
                    "write e.g. `[{ at = \"0s\", replicas = 2 }, { at = \"1h\", replicas = 10 }]`",
                );
            }
            return None;
        };
        let fewest = resolved.iter().map(|step| step.replicas).min();
        Some(Scaled {
            initial: first.replicas,
            autoscale: Autoscale {
                min: fewest.unwrap_or(0),
                max,
                policy: ScalingPolicy::Schedule(resolved),
            },
        })
    }

    fn keep_alive(&mut self, spec: &KeepAliveSpec, span: Span, service: &str) -> Option<Scaled> {
        let path = ["services", service, "autoscale", "keep-alive"];
        let bounds = self.bounds(
            [&spec.min, &spec.max, &spec.initial].map(Option::as_ref),
            (&path, span),
            0,
        );
        let policy = match (&spec.fixed, &spec.hybrid_histogram) {
            (Some(fixed), None) => KeepAlive::Fixed(fixed.value.0),
            (None, Some(histogram)) => KeepAlive::HybridHistogram(self.histogram(histogram)),
            _ => {
                if !self.context.was_removed_within(span) {
                    self.problem(
                        span,
                        format!(
                            "`{}.keep-alive` has either `fixed` or `hybrid-histogram`",
                            self.path
                        ),
                        "give one of the two, e.g. `fixed = \"10min\"`",
                    );
                }
                return None;
            }
        };
        bounds.map(|bounds| bounds.with(ScalingPolicy::KeepAlive(policy)))
    }

    fn histogram(&mut self, spec: &Located<HybridHistogramSpec>) -> HybridHistogram {
        let histogram = HybridHistogram {
            bin: self.positive(spec.bin.as_ref(), "bin", HISTOGRAM_BIN),
            range: self.positive(spec.range.as_ref(), "range", HISTOGRAM_RANGE),
            head: self.share(spec.head.as_ref(), "head", HISTOGRAM_HEAD),
            tail: self.share(spec.tail.as_ref(), "tail", HISTOGRAM_TAIL),
            margin: self.share(spec.margin.as_ref(), "margin", HISTOGRAM_MARGIN),
            min_cv: spec.min_cv.as_ref().map_or(HISTOGRAM_MIN_CV, |it| it.value),
        };
        let bins = histogram.range.nanos() / histogram.bin.nanos().max(1);
        for (wrong, message, label) in [
            (
                bins == 0,
                "`range` must be at least `bin`",
                "the histogram has no bin",
            ),
            (
                MOST_BINS < bins,
                "a histogram has at most a million bins",
                "`range` / `bin` is more",
            ),
            (
                histogram.tail <= histogram.head,
                "`head` must be less than `tail`",
                "no time is between the two",
            ),
            (
                !(0.0 <= histogram.min_cv && histogram.min_cv.is_finite()),
                "`min-cv` must not be negative",
                "a coefficient of variation is not",
            ),
        ] {
            if wrong {
                self.problem(spec.span, message.to_owned(), label);
            }
        }
        histogram
    }

    fn bounds(
        &mut self,
        [min, max, initial]: [Option<&Located<u32>>; 3],
        (path, span): (&[&str], Span),
        least: u32,
    ) -> Option<Bounds> {
        let max = self.context.required(max, (path, "max"), span, "20")?;
        let max_value = self.population(max, "max");
        if max_value == 0 {
            self.problem(
                max.span,
                "`max` must be at least 1".to_owned(),
                "this is none",
            );
        }
        let min_value = min.map_or(least, |min| self.population(min, "min"));
        if let Some(min) = min.filter(|min| min.value < least) {
            let label = "only `concurrency`, `keep-alive` and `schedule` go down to none";
            self.problem(min.span, "`min` must be at least 1".to_owned(), label);
        }
        let initial_value =
            initial.map_or(min_value, |initial| self.population(initial, "initial"));
        let outside = !(min_value..=max_value).contains(&initial_value);
        if let Some(initial) = initial.filter(|_| outside && min_value <= max_value) {
            self.problem(
                initial.span,
                "`initial` must be between `min` and `max`".to_owned(),
                &format!("this is not between {min_value} and {max_value}"),
            );
        }
        Some(Bounds {
            min: min_value,
            max: max_value.max(1),
            initial: initial_value,
        })
    }

    fn population(&mut self, value: &Located<u32>, key: &str) -> u32 {
        if MOST < value.value {
            self.problem(
                value.span,
                format!("`{key}` must be at most {MOST}"),
                "more than a simulation of each one can hold",
            );
        }
        value.value.min(MOST)
    }

    fn positive(
        &mut self,
        value: Option<&Located<Quantity<Duration>>>,
        key: &str,
        default: Duration,
    ) -> Duration {
        let Some(value) = value else {
            return default;
        };
        if value.value.0.is_zero() {
            self.problem(
                value.span,
                format!("`{key}` must be above 0"),
                "this is no time at all",
            );
            return default;
        }
        value.value.0
    }

    fn above(
        &mut self,
        value: Option<&Located<f64>>,
        key: &str,
        (least, default): (f64, f64),
    ) -> f64 {
        let Some(value) = value else {
            return default;
        };
        if !(least < value.value && value.value.is_finite()) {
            self.problem(
                value.span,
                format!("`{key}` must be above {least}"),
                "this is not",
            );
            return default;
        }
        value.value
    }

    fn share(&mut self, value: Option<&Located<f64>>, key: &str, default: f64) -> f64 {
        let Some(value) = value else {
            return default;
        };
        if !(0.0..=1.0).contains(&value.value) {
            self.problem(
                value.span,
                format!("`{key}` must be between 0 and 1"),
                "this is not a share",
            );
            return default;
        }
        value.value
    }

    fn problem(&mut self, span: Span, message: String, label: &str) {
        self.context
            .problem(Diagnostic::at(span, message).label(label));
    }
}

impl Bounds {
    fn with(self, policy: ScalingPolicy) -> Scaled {
        Scaled {
            autoscale: Autoscale {
                min: self.min,
                max: self.max,
                policy,
            },
            initial: self.initial,
        }
    }
}
