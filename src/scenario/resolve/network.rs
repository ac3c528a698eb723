//! `[network]`: links that several nodes share; and bandwidths in general.

use super::Context;
use crate::id::{IdVec, PoolId};
use crate::model::{Network, Pool, RackUplink, Racks};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{NetworkSpec, ScenarioSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::Bandwidth;

/// The links that several nodes share.
pub(super) fn shared_links(
    spec: &ScenarioSpec,
    pools: &IdVec<PoolId, Pool>,
    context: &mut Context<'_>,
) -> Network {
    let Some(network) = spec.network.as_ref().map(|it| &it.value) else {
        return Network::default();
    };
    let zone_uplink = limit(network.zone_uplink.as_ref(), "network.zone-uplink", context);
    let has_no_zones = pools.iter().all(|pool| pool.zones.is_empty()) && !pools.is_empty();
    for (span, label) in [
        (
            network.zone_uplink.as_ref().map(|it| it.span),
            "whose link?",
        ),
        (
            network.cross_zone_price.as_ref().map(|it| it.span),
            "between which?",
        ),
    ] {
        if let Some(span) = span.filter(|_| has_no_zones) {
            context.problem(
                Diagnostic::at(span, "no node is in a zone")
                    .label(label)
                    .help("say where nodes are, e.g. `zones = [\"a\", \"b\"]` in `[nodes.NAME]`"),
            );
        }
    }
    let cross_zone_price = price(
        network.cross_zone_price.as_ref(),
        "network.cross-zone-price",
        context,
    );
    Network {
        zone_uplink,
        racks: racks(network, context),
        cross_zone_price: cross_zone_price.map(|per_gb| per_gb / 1e9),
    }
}

/// A price of 0 or more.
pub(super) fn price(
    value: Option<&Located<f64>>,
    path: &str,
    context: &mut Context<'_>,
) -> Option<f64> {
    let price = value?;
    if price.value.is_finite() && 0.0 <= price.value {
        return Some(price.value);
    }
    context.problem(Diagnostic::at(
        price.span,
        format!("`{path}` must be 0 or more"),
    ));
    None
}

fn racks(network: &NetworkSpec, context: &mut Context<'_>) -> Option<Racks> {
    let uplink = limit(network.rack_uplink.as_ref(), "network.rack-uplink", context);
    let ratio = network.oversubscription.as_ref();
    if let Some(wrong) = ratio.filter(|it| !(it.value.is_finite() && 0.0 < it.value)) {
        context.problem(
            Diagnostic::at(wrong.span, "`network.oversubscription` must be above 0")
                .label("the links of a rack's nodes together / the link of the rack"),
        );
        return None;
    }
    let Some(size) = &network.rack_size else {
        let lost = network.rack_uplink.as_ref().map(|it| it.span);
        if let Some(span) = lost.or(ratio.map(|it| it.span)) {
            context.problem(
                Diagnostic::at(span, "`[network]` lacks `rack-size`")
                    .label("there are no racks")
                    .help("add the number of nodes of a rack, e.g. `rack-size = 16`"),
            );
        }
        return None;
    };
    let uplink = match (uplink, ratio) {
        (Some(_), Some(ratio)) => {
            context.problem(
                Diagnostic::at(ratio.span, "`oversubscription` beside `rack-uplink`")
                    .label("both say how fast the link of a rack is: keep one"),
            );
            return None;
        }
        (Some(bandwidth), None) => RackUplink::Bandwidth(bandwidth),
        (None, Some(ratio)) => RackUplink::Oversubscription(ratio.value),
        (None, None) => {
            if network.rack_uplink.is_none() {
                context.problem(
                    Diagnostic::at(size.span, "`[network]` lacks `rack-uplink`")
                        .label("racks that share no link are no racks")
                        .help("add `rack-uplink = \"40Gbps\"` or `oversubscription = 4`"),
                );
            }
            return None;
        }
    };
    Some(Racks {
        size: context.count(Some(size), "`network.rack-size`"),
        uplink,
    })
}

/// A bandwidth that something can move at.
pub(super) fn limit(
    value: Option<&Located<Quantity<Bandwidth>>>,
    path: &str,
    context: &mut Context<'_>,
) -> Option<Bandwidth> {
    let bandwidth = value?;
    if bandwidth.value.0.0 == 0 {
        context.problem(
            Diagnostic::at(bandwidth.span, format!("`{path}` must be above 0"))
                .label("nothing would ever arrive")
                .help("leave it out where it is never a limit"),
        );
        return None;
    }
    Some(bandwidth.value.0)
}
