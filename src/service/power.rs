//! Replicas that switch off when idle and are set up again, and replicas that break down.
//!
//! With queues of their own, a replica is set up as soon as somebody waits for it. With a central
//! queue as many are being set up as could serve those who wait; when there are fewer waiting, the
//! set-ups that began last are called off (A. Gandhi, S. Doroudi, M. Harchol-Balter and
//! A. Scheller-Wolf, "Exact analysis of the M/M/k/setup class", SIGMETRICS 2013).

use super::attempt::Phase;
use super::services::Services;
use super::station::Power;
use crate::event::Event;
use crate::id::{ServiceId, StationId};
use crate::kernel::Kernel;
use crate::record::ReplicaStep;

impl Services<'_> {
    /// A replica switches off.
    pub(super) fn switch_off(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        station.power = Power::Off;
        let now = kernel.now();
        kernel.metrics.services[station.service].off.rise(now, 1);
        let service = &mut self.services[station.service];
        service.mark_free(station);
        if let Some(central) = &mut service.central {
            central.off.set(station.replica.0, true);
        }
        self.replica_step(station_id, ReplicaStep::SwitchedOff, kernel);
    }

    /// A replica has no work any more.
    pub(super) fn idle(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let Some(laws) = &self.services[station.service].power else {
            return;
        };
        if station.power != Power::On {
            return;
        }
        let number = u64::from(station.incidents.idles);
        station.incidents.idles += 1;
        let word = laws
            .keep_alive_words
            .word(u64::from(station.replica.0), number);
        let keep_alive = laws.keep_alive.duration(word);
        if keep_alive.is_zero() {
            self.switch_off(station_id, kernel);
        } else {
            let key = kernel.schedule_after(keep_alive, Event::IdledOut(station_id));
            station.power = Power::Idle(key);
        }
    }

    /// A replica has idled long enough.
    pub fn on_idled_out(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let service = self.stations[station_id].service;
        if self.services[service].scaling.is_some() {
            self.idled_away(station_id, kernel);
        } else {
            self.switch_off(station_id, kernel);
        }
    }

    /// The set-ups of a station, or of all that serve the same queue, follow the number that waits.
    pub(super) fn settle(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        if self.services[station.service].central.is_some() {
            let service = station.service;
            self.settle_central(service, kernel);
            return;
        }
        let waits = station.line.len() > 0;
        match station.power {
            Power::Off if waits => self.set_up(station_id, kernel),
            Power::SettingUp(_) if !waits => self.call_off(station_id, kernel),
            _ => {}
        }
    }

    /// As [`Self::settle`], for a central queue.
    pub(super) fn settle_central(&mut self, service_id: ServiceId, kernel: &mut Kernel<'_>) {
        loop {
            let service = &mut self.services[service_id];
            let Some(central) = &mut service.central else {
                return;
            };
            let wanted = central.line.len().div_ceil(service.concurrency) as usize;
            if wanted < central.setting_up.len() {
                if let Some(last) = central.setting_up.pop() {
                    self.call_off(last, kernel);
                }
                continue;
            }
            let off = central
                .off
                .first()
                .filter(|_| central.setting_up.len() < wanted);
            let Some(number) = off else {
                return;
            };
            central.off.set(number, false);
            let station = service.stations[crate::id::ReplicaId(number)];
            central.setting_up.push(station);
            self.set_up(station, kernel);
        }
    }

    fn set_up(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let Some(laws) = &self.services[station.service].power else {
            return;
        };
        let number = u64::from(station.incidents.setups);
        station.incidents.setups += 1;
        let word = laws.setup_words.word(u64::from(station.replica.0), number);
        let key = kernel.schedule_after(laws.setup.duration(word), Event::SetUp(station_id));
        station.power = Power::SettingUp(key);
        let now = kernel.now();
        let meter = &mut kernel.metrics.services[station.service];
        meter.off.fall(now, 1);
        meter.setting_up.rise(now, 1);
        meter.cold_started();
        self.replica_step(station_id, ReplicaStep::SettingUp, kernel);
    }

    fn call_off(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &self.stations[station_id];
        if let Power::SettingUp(key) = station.power {
            kernel.cancel(key);
        }
        let now = kernel.now();
        kernel.metrics.services[station.service]
            .setting_up
            .fall(now, 1);
        self.switch_off(station_id, kernel);
    }

    /// A replica has been set up.
    pub fn on_set_up(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        station.power = Power::On;
        let service_id = station.service;
        kernel.metrics.services[service_id].setting_up.fall(now, 1);
        if let Some(central) = &mut self.services[service_id].central {
            central.setting_up.retain(|other| *other != station_id);
        }
        self.replica_step(station_id, ReplicaStep::SetUp, kernel);
        self.fill(station_id, kernel);
        if self.stations[station_id].held == 0 {
            self.idle(station_id, kernel);
        }
        self.settle(station_id, kernel);
    }

    /// When a replica that has just become ready breaks down.
    pub(super) fn schedule_breakdown(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        if let Some(laws) = &self.services[station.service].breakdowns {
            let number = u64::from(station.incidents.breakdowns);
            let word = laws.every_words.word(u64::from(station.replica.0), number);
            kernel.schedule_after(laws.every.duration(word), Event::BrokeDown(station_id));
        }
    }

    /// A replica breaks down: whoever is being served pauses and keeps the place.
    pub fn on_broke_down(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        station.down = true;
        let service_id = station.service;
        let service = &mut self.services[service_id];
        let Some(laws) = &service.breakdowns else {
            return;
        };
        let number = u64::from(station.incidents.breakdowns);
        station.incidents.breakdowns += 1;
        let word = laws.repair_words.word(u64::from(station.replica.0), number);
        kernel.schedule_after(laws.repair.duration(word), Event::Repaired(station_id));
        kernel.metrics.services[service_id].down.rise(now, 1);
        service.mark_free(station);
        let line = service.line(station);
        let attempts = &self.attempts;
        let served = line.served();
        let paused: Vec<_> = served
            .filter(|id| attempts[*id].station == station_id)
            .collect();
        for &id in &paused {
            let station = &mut self.stations[station_id];
            let line = self.services[service_id].line(station);
            line.end(id, &self.attempts);
            let attempt = &mut self.attempts[id];
            if let Some(due) = attempt.due.take() {
                kernel.cancel(due);
            }
            attempt.left -= now - attempt.since;
            attempt.since = now;
        }
        self.stations[station_id].paused = paused;
        self.replica_step(station_id, ReplicaStep::BrokeDown, kernel);
        self.set_capacity(station_id, false, kernel);
        self.turned(station_id, kernel);
    }

    /// A replica has been repaired.
    pub fn on_repaired(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        station.down = false;
        kernel.metrics.services[station.service].down.fall(now, 1);
        let paused = std::mem::take(&mut station.paused);
        self.replica_step(station_id, ReplicaStep::Repaired, kernel);
        for id in paused {
            let attempt = &mut self.attempts[id];
            debug_assert_eq!(attempt.phase, Phase::Serving);
            attempt.since = now;
            attempt.due = Some(kernel.schedule_after(attempt.left, Event::Served(id)));
            self.starts += 1;
            let station = &mut self.stations[station_id];
            let line = self.services[station.service].line(station);
            line.begin(id, now, self.starts, &mut self.attempts);
        }
        self.set_capacity(station_id, true, kernel);
        self.schedule_breakdown(station_id, kernel);
        self.fill(station_id, kernel);
    }

    /// What a replica shares stands still while it is broken down.
    fn set_capacity(&mut self, station_id: StationId, up: bool, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        let service = &self.services[station.service];
        let full = if Self::is_shared(service.discipline) {
            u64::from(service.concurrency) * 1000
        } else {
            service.cpu_limit
        };
        let computing = !Self::is_shared(service.discipline);
        let Some(shared) = &mut station.shared else {
            return;
        };
        let before = shared.sharing.used();
        shared.sharing.set_capacity(now, if up { full } else { 0 });
        let after = shared.sharing.used();
        if computing {
            let cpu = &mut kernel.metrics.services[station.service].cpu;
            cpu.rise(now, after.saturating_sub(before));
            cpu.fall(now, before.saturating_sub(after));
        }
        self.schedule_share(station_id, kernel);
    }
}
