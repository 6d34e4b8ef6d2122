//! What becomes of a world when somebody does what was recommended.

use clusteriq_model::{Action, Recommendation, Size, Target};

use super::{World, node_type};
use crate::scenario::off_hours::WorkHours;

impl World {
    /// The world after somebody did what was recommended.
    pub(crate) fn accept(&self, it: &Recommendation) -> Self {
        let mut next = self.clone();
        if next.mend(it).is_some() {
            return next;
        }
        let job = |target: &Target| target.id().parse::<usize>().expect("a job's number") - 1;
        match (&it.target, &it.action) {
            (target @ Target::Job(_), Action::SetWorkers { to, .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.workers, job.range) = match to {
                    Size::Fixed(it) => (*it, None),
                    Size::Autoscale { min, max } => (*min, Some((*min, *max))),
                };
            }
            (target @ Target::Job(_), Action::SetPurchase { .. }) => next.jobs[job(target)].spot = true,
            (target @ Target::Job(_), Action::SetNodeType { from, to }) => {
                // Faster by a part of what its cores are faster; it does the same work.
                let mark = |it: &str| node_type(it).coremark.expect("a type that is proposed has a known speed");
                let job = &mut next.jobs[job(target)];
                job.minutes = (job.minutes as f64 / (mark(to) / mark(from)).powf(0.7)).ceil() as i64;
                job.node.clone_from(to);
                job.twist.follow(from);
            }
            (target @ Target::Job(_), Action::UseSingleNode { .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.twist.driver, job.twist.driver_use) = (None, None);
                (job.workers, job.range) = (0, None);
            }
            (target @ Target::Job(_), Action::SetDriverType { to, .. }) => {
                next.jobs[job(target)].twist.change_driver(to);
            }
            (Target::Cluster(key), Action::SetWorkers { to, .. }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.range = Some((to.least(), to.most()));
                }
            }
            (target @ Target::Job(_), Action::UseJobCluster { size, .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.workers, job.range, job.on) = (size.most(), None, None);
            }
            (target @ Target::Job(_), Action::ShareJobCluster { jobs, size, .. }) => {
                let others: Vec<usize> = jobs.iter().map(|it| it.id.parse::<usize>().expect("a number") - 1).collect();
                let first = job(target);
                let members = || others.iter().map(|it| &self.jobs[*it]);
                let work: f64 = members().map(|it| it.demand * (it.minutes * it.runs) as f64).sum();
                let minutes = members().map(|it| it.minutes).max().expect("a job");
                let runs = members().map(|it| it.runs).max().expect("a job");
                for other in others.iter().filter(|it| **it != first) {
                    next.jobs[first].working_set += self.jobs[*other].working_set;
                    next.jobs[*other].runs = 0;
                }
                // The same work in all, as if it were one job's.
                (next.jobs[first].minutes, next.jobs[first].runs) = (minutes, runs);
                next.jobs[first].demand = work / (minutes * runs).max(1) as f64;
                (next.jobs[first].workers, next.jobs[first].range) = (size.most(), None);
            }
            (Target::Cluster(key), Action::SetAutotermination { to, .. }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.limit = Some(to.0 as i64);
                }
            }
            (Target::Cluster(key), Action::StopOffHours { from_hour, until_hour }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.hours = Some(WorkHours { from: *from_hour, until: *until_hour });
                }
            }
            (Target::Cluster(key), Action::StopCluster) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.stopped = true;
                }
            }
            (Target::Warehouse(key), Action::SetAutoStop { to, .. }) => {
                for it in next.warehouses.iter_mut().filter(|it| it.0 == key.id) {
                    it.1 = Some(to.0 as i64);
                }
            }
            (Target::Warehouse(key), Action::SetWarehouseSize { to, .. }) => {
                next.sized.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.size.clone_from(to));
            }
            (Target::Pool(key), Action::SetPoolIdle { to, .. }) => {
                next.pools.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.min = *to);
            }
            (Target::Pipeline(key), action @ (Action::TriggerPipeline { .. } | Action::LeaveDevelopment)) => {
                next.pipelines.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.accept(action));
            }
            (target, action) => panic!("cannot accept {action:?} on {target}"),
        }
        next
    }
}
