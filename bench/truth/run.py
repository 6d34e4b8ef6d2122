#!/usr/bin/env python3
"""How often ClusterIQ's advice is right, on made-up fleets whose truth is known.

Per seed: make a fleet, import and report on it as a customer would, and let `judge` run the same fleet again with what the
report recommends. Prints one table per physics, misses included; `--write` puts it into docs/scoreboard.md.

    bench/truth/run.py --seeds 101-120
    bench/truth/run.py --seeds 7 --physics 2 --cases    # what went wrong in one seed, with the command to look at it
"""

import argparse
import concurrent.futures
import json
import random
import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "bench/data/truth"

# A plan harms a resource if its runs take more than a fifth longer or fail by more than a point more often.
SLOWER, FAILURES = 1.2, 0.01
# A recommendation that really saves as much is right, planted or not.
LEAST_USD = 5.0
# Detections without a setting to try out: they are right where they were planted.
GOVERNANCE = {"D03", "D22", "D25", "D51", "D52", "D53", "D60"}


def run(*command):
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return done.stdout


class Fleet:
    """One seed: what was reported and what is true."""

    def __init__(self, binary, judge, seed, args, physics):
        self.seed, self.physics = seed, physics
        self.dir = OUT / f"physics{physics}-seed{seed}"
        export, store, report, truth = (self.dir / it for it in ("export", "store", "report.json", "truth.json"))
        judged = self.dir / "judged.json"
        size = ["--seed", seed, "--clusters", args.clusters, "--days", args.days]
        if args.fresh or not truth.exists():
            run("rm", "-rf", self.dir)
            self.dir.mkdir(parents=True)
            run(binary, "--quiet", "demo", *size, "--fleet", "known", "--physics", physics, "--fleet-out", export, "--truth", truth)
            run(binary, "--quiet", "--store", store, "import", export)
        if not args.keep:
            report.write_text(run(binary, "--quiet", "--store", store, "report", "--json"))
            judged.write_text(run(judge, *size, "--fleet", "known", "--physics", physics, "--report", report, "--threads", 1))
        self.report, self.truth = json.loads(report.read_text()), json.loads(truth.read_text())
        self.judged = json.loads(judged.read_text())
        self.store = store


def money(outcome):
    return outcome["usd"]


def rate(outcome):
    """Of several histories of the same work: in one, a failure more is luck."""
    return outcome["failure_probability"]


def harms(now, then, meant=0.0):
    return then["run_minutes_mean"] > now["run_minutes_mean"] * SLOWER + meant or rate(then) > rate(now) + FAILURES


def score(fleet):
    """The counts of one seed, and the cases that went wrong."""
    planted = defaultdict(set)
    verified = set()
    decoys, healthy = {}, set()
    for it in fleet.judged["planted"]:
        key, problem = it["id"], it["problem"]
        if problem.startswith("decoy"):
            decoys[key] = problem
        elif problem == "healthy":
            healthy.add(key)
        else:
            planted[key].add(problem)
            if problem in GOVERNANCE or it.get("verified", False):
                verified.add((key, problem))
    by_id = {}
    groups = []
    for group in fleet.judged["groups"]:
        if group.get("now") is None:
            continue
        groups.append(group)
        before = group["now"]
        for single in group["singles"]:
            by_id[single["id"]] = (group, single, before)
            before = single["upto"] or before
    counts = defaultdict(lambda: defaultdict(float))
    cases = []
    named = set()
    wrong_on = set()
    total = counts["all"]
    for rec in fleet.report["recommendations"]:
        target, detection = rec["target"]["id"], rec["detection"]
        named.add((target, detection))
        # One recommendation may be about several jobs; telemetry is missed by workspace.
        named.update((job, detection) for job in rec["action"].get("job_ids", []))
        if detection == "D60":
            named.update((it["id"], "D60") for it in fleet.judged["planted"] if it["workspace_id"] == target)
        named.update((target, other["detection"]) for other in rec["instead_of"])
        mine = counts[detection]
        # What saves nothing by itself cannot be tried out for money: it is right where it was planted.
        right = (target, detection) in verified or (rec["savings_per_month"] is None and detection in planted[target])
        if detection == "D60":
            right = any(it["workspace_id"] == target and it["problem"] == "D60" for it in fleet.judged["planted"])
        why = "planted"
        harmful = False
        saving = rec["savings_per_month"]
        if rec["id"] in by_id:
            group, single, before = by_id[rec["id"]]
            # What comes on top of the recommendations before it, as it is promised.
            real = money(before) - money(single["upto"])
            alone = money(group["now"]) - money(single["alone"])
            meant = 6.0 if rec["action"]["kind"] in ("use_job_cluster", "use_standard_performance") else 0.0
            harmful = harms(group["now"], single["alone"], meant)
            if not right and not harmful and max(real, alone) >= LEAST_USD:
                right, why = True, "it saves"
            if saving:
                bounds = (saving["low"], saving["likely"], saving["high"])
                for part in (mine, total):
                    part["covered"] += bounds[0] <= real <= bounds[2]
                    part["above"] += real > bounds[2]
                    part["intervals"] += 1
                    part["promised"] += bounds[1]
                    part["realised"] += real
                if not bounds[0] <= real <= bounds[2]:
                    text = f"{rec['title'][:60]}: ${bounds[1]:.0f} ({bounds[0]:.0f}–{bounds[2]:.0f}) promised, ${real:.0f} true"
                    cases.append(("outside", detection, rec["id"], text))
            if saving and alone < -1.0 and real < -1.0:
                harmful = True
        for part in (mine, total):
            part["right" if right else "wrong"] += 1
            part["harmful"] += harmful
            part["harmful_low"] += harmful and rec["risk"]["level"] in ("very_low", "low")
            part["said"] += 1
        if not right or harmful:
            wrong_on.add(target) if not right else None
            label = "harmful" if harmful else "wrong"
            cases.append((label, detection, rec["id"], f"{rec['title']} [{', '.join(sorted(planted[target])) or decoys.get(target, 'healthy')}]"))
    # Several remedies may be about one setting, or worth nothing beside each other: the plan settles what it leaves too little of.
    for it in fleet.judged["planted"]:
        if it["problem"] not in GOVERNANCE and (left := it.get("left_usd")) is not None and left < LEAST_USD:
            named.add((it["id"], it["problem"]))
    for key, problem in sorted(verified):
        for part in (counts[problem], total):
            part["planted"] += 1
            part["found"] += (key, problem) in named
        if (key, problem) not in named:
            cases.append(("missed", problem, key, next(it["name"] for it in fleet.judged["planted"] if it["id"] == key)))
    for key, why in decoys.items():
        total["decoys"] += 1
        total["decoys_hit"] += key in wrong_on
        if key in wrong_on:
            cases.append(("decoy", why, key, ""))
    total["healthy"] += len(healthy)
    total["healthy_hit"] += len(healthy & wrong_on)
    for gap in fleet.report["gaps"]:
        target = (gap.get("target") or {}).get("id")
        detection = next((it for it, name in DETECTIONS.items() if name == gap.get("advisor")), None)
        if gap["kind"] == "not_judged" and target and detection:
            right = (target, detection) not in verified
            for part in (counts[detection], total):
                part["abstained_right" if right else "abstained_wrong"] += 1
    for group in groups:
        if group["all"] is None or not group.get("best"):
            continue
        best = money(group["now"]) - money(group["best"]["outcome"])
        real = money(group["now"]) - money(group["all"])
        total["achievable"] += max(best, 0.0)
        total["captured"] += real
        if best - real > 40 and real < 0.7 * best:
            changes = group["best"]["changes"]
            words = changes if changes == "all" else ", ".join(f"{it['change']} of {it['target']}" for it in changes)
            cases.append(("left", f"${best - real:.0f}", group["targets"][0], f"best: {words}"[:300]))
    bill(fleet, total, cases)
    machines(fleet, counts["vm"])
    return counts, cases


def bill(fleet, total, cases):
    """Attributed + idle = billed = true, per workspace and day, to the cent; modelled VM against its truth."""
    true = {(it["workspace_id"] or "", it["day"]): it["usd"] for it in fleet.truth.get("bill", [])}
    for it in fleet.report["costs"]["workspace_days"]:
        key = (it["workspace_id"] or "", it["day"])
        parts = [float(it[name]) for name in ("billed_usd", "attributed_usd", "idle_usd")]
        total["days"] += 1
        wrong = abs(parts[0] - parts[1] - parts[2]) > 0.005 or abs(parts[0] - float(true.get(key, 0))) > 0.005
        total["days_wrong"] += wrong
        if wrong:
            cases.append(("bill", key, "", f"{parts} true {true.get(key)}"))


# How the model knows what machines cost: the report's word, and what the truth has of the same resources.
BASES = {
    "on_demand": "on demand, at list prices",
    "spot": "spot, at the usual discount",
    "assumed": "assumed: nodes from pools, or not known how bought",
    "pool": "nodes that wait in pools",
    "warehouse": "machines of warehouses",
    "none": "not modelled, for want of telemetry or of the cluster",
}


def machines(fleet, counts):
    """Modelled cost of machines against what they really cost, resource by resource, under the basis of the model."""
    costs = fleet.report["costs"]
    kinds = ("jobs", "clusters", "pipelines", "pools", "warehouses")
    entries = {(it["workspace_id"], it["kind"], it["id"]): it for kind in kinds for it in costs[kind]}
    truths = {(it["workspace_id"], it["kind"], it["id"]): it for it in fleet.truth["vm"]}
    # What is modelled and does not exist costs nothing in truth. Clusters of jobs and pipelines are theirs.
    modelled_only = [key for key, it in entries.items() if it["modelled_vm_usd"] and key not in truths and key[1] != "cluster"]
    for key in [*truths, *modelled_only]:
        it = truths.get(key, {"on_demand_usd": 0.0, "spot_usd": 0.0})
        entry = entries.get(key)
        true = {"on_demand": it["on_demand_usd"], "spot": it["spot_usd"]}
        modelled = entry and entry["modelled_vm_usd"]
        if modelled is None:
            pairs = [("none", 0.0, sum(true.values()))]
        elif key[1] in ("pool", "warehouse"):
            pairs = [(key[1], modelled, sum(true.values()))]
        elif entry["vm_basis"] == "assumed":
            pairs = [("assumed", modelled, sum(true.values()))]
        else:
            spot = entry["modelled_vm_spot_usd"]
            pairs = [("spot", spot, true["spot"]), ("on_demand", modelled - spot, true["on_demand"])]
        for basis, model, truth in pairs:
            for name in (basis, "all"):
                counts[f"{name} model"] += model
                counts[f"{name} true"] += truth
                counts[f"{name} off"] += abs(model - truth)


DETECTIONS = {}


def interval(rows, value):
    """The value over all seeds, and 95 % of it over resampled seeds."""
    point = value(rows)
    if point is None:
        return "–"
    draw = random.Random(1)
    samples = sorted(it for it in (value([draw.choice(rows) for _ in rows]) for _ in range(400)) if it is not None)
    low, high = samples[int(0.025 * len(samples))], samples[min(int(0.975 * len(samples)), len(samples) - 1)]
    return f"{point:.3f} ({low:.3f}–{high:.3f})"


def ratio(over, *under):
    def value(rows):
        top, bottom = sum(it[over] for it in rows), sum(it[name] for it in rows for name in under)
        return top / bottom if bottom else None

    return value


def table(scores):
    names = sorted({name for counts, _ in scores for name in counts if name not in ("all", "vm")})
    lines = [
        "| detection | said | precision | planted | recall | promised $ | realised $ | covered | harmful | abstained right/wrong |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in [*names, "all"]:
        rows = [counts[name] for counts, _ in scores]
        total = lambda key: sum(it[key] for it in rows)
        lines.append(
            f"| {name} | {total('said'):.0f} | {interval(rows, ratio('right', 'right', 'wrong'))} | {total('planted'):.0f} "
            f"| {interval(rows, ratio('found', 'planted'))} | {total('promised'):,.0f} | {total('realised'):,.0f} "
            f"| {interval(rows, ratio('covered', 'intervals'))} | {total('harmful'):.0f} ({total('harmful_low'):.0f} at low risk) "
            f"| {total('abstained_right'):.0f}/{total('abstained_wrong'):.0f} |"
        )
    rows = [counts["all"] for counts, _ in scores]
    total = lambda key: sum(it[key] for it in rows)
    lines += [
        "",
        f"- false alarms on decoys: {interval(rows, ratio('decoys_hit', 'decoys'))} of {total('decoys'):.0f}; on healthy resources: "
        f"{interval(rows, ratio('healthy_hit', 'healthy'))} of {total('healthy'):.0f}",
        f"- harmful: {interval(rows, ratio('harmful', 'said'))} of all, {total('harmful_low'):.0f} at risk low or very low",
        f"- promised ÷ realised: {interval(rows, ratio('promised', 'realised'))}; promised ÷ achievable: {interval(rows, ratio('promised', 'achievable'))}",
        f"- captured of the achievable saving: {interval(rows, ratio('captured', 'achievable'))} of ${total('achievable'):,.0f} a month",
        f"- 80 % intervals cover: {interval(rows, ratio('covered', 'intervals'))}; above the interval: {interval(rows, ratio('above', 'intervals'))}",
    ]
    return lines


def attribution(scores):
    """The bill to the cent, and the model of what machines cost."""
    wrong, days = (sum(counts["all"][key] for counts, _ in scores) for key in ("days_wrong", "days"))
    lines = [
        "### Attribution",
        "",
        f"Workspace-days on which attributed + idle is not the true bill to the cent: {wrong:.0f} of {days:.0f}.",
        "",
        "| machines (VM), by basis | modelled $ | true $ | error | off by, per resource |",
        "|---|---|---|---|---|",
    ]
    rows = [counts["vm"] for counts, _ in scores]
    total = lambda key: sum(it[key] for it in rows)
    for basis, words in [*BASES.items(), ("all", "all")]:
        modelled, true, off = (f"{basis} {it}" for it in ("model", "true", "off"))
        if total(true) or total(modelled):
            error = lambda some: part - 1.0 if (part := ratio(modelled, true)(some)) is not None else None
            lines.append(
                f"| {words} | {total(modelled):,.0f} | {total(true):,.0f} | {interval(rows, error)} | {interval(rows, ratio(off, true))} |"
            )
    return lines


def seeds(text):
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seeds", type=seeds, default=seeds("101-120"))
    args.add_argument("--physics", type=lambda it: [int(part) for part in it.split(",")], default=[1, 2])
    args.add_argument("--clusters", type=int, default=60)
    args.add_argument("--days", type=int, default=28)
    args.add_argument("--jobs", type=int, default=2, help="seeds at a time")
    args.add_argument("--fresh", action="store_true", help="make the fleets anew")
    args.add_argument("--keep", action="store_true", help="take the reports of the last time")
    args.add_argument("--cases", action="store_true", help="list what went wrong")
    args.add_argument("--write", action="store_true", help="write docs/scoreboard.md")
    args.add_argument("--no-build", action="store_true")
    args = args.parse_args()
    if not args.no_build:
        build = ["cargo", "build", "--release", "--locked"]
        subprocess.run([*build, "--package", "clusteriq"], check=True, cwd=ROOT)
        subprocess.run([*build, "--package", "clusteriq-fake", "--example", "judge"], check=True, cwd=ROOT)
    metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--no-deps", "--manifest-path", ROOT / "Cargo.toml"))
    target = Path(metadata["target_directory"])
    binary, judge = target / "release/clusteriq", target / "release/examples/judge"
    DETECTIONS.update({it["detection"]: it["id"] for it in json.loads(run(binary, "advisors", "--json"))["advisors"]})
    written = []
    for physics in args.physics:
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            fleets = list(pool.map(lambda seed: Fleet(binary, judge, seed, args, physics), args.seeds))
        scores = [score(it) for it in fleets]
        title = f"## Physics {physics}: {len(fleets)} fleets of {args.clusters} resources over {args.days} days"
        lines = [title, "", *table(scores), "", *attribution(scores), ""]
        print("\n".join(lines))
        written += lines
        if args.cases:
            for fleet, (_, cases) in zip(fleets, scores):
                for label, detection, identity, text in cases:
                    print(f"seed {fleet.seed}: {label} {detection}: {text}\n    clusteriq --store {fleet.store.relative_to(ROOT)} show {identity}")
    if args.write:
        head = (ROOT / "bench/truth/head.md").read_text()
        command = f"bench/truth/run.py --seeds {args.seeds[0]}-{args.seeds[-1]} --clusters {args.clusters} --days {args.days} --write"
        text = head.replace("{date}", date.today().isoformat()).replace("{command}", command)
        (ROOT / "docs/scoreboard.md").write_text(text + "\n" + "\n".join(written))


main()
