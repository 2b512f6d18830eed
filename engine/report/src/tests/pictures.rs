//! The exact look of the main situations, live as plain lines and past as they are shown.

use crate::show;
use crate::style::Style;
use crate::tests::situations::{calm, fan, gate, odd, resume, trouble, undo};
use crate::tests::story::Story;

fn shown(story: &Story) -> String {
    let options = show::Options { now: story.now(), life: None, columns: Some(80), all: false };
    show::draw(&story.board(), options, &Style::plain()).join("\n") + "\n"
}

#[test]
fn a_calm_run_of_five_takes_seven_lines() {
    assert_eq!(
        calm().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ check node `n3` is ready
✓ cordon
✓ evict  41s
✓ reboot  1m 24s
✓ uncordon
done in 2m 05s, 4 steps
"#
    );
}

#[test]
fn a_calm_run_is_shown_as_its_tree() {
    assert_eq!(
        shown(&calm()),
        r#"run drain-7k2f  done
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  took     2m 05s

✓ check node `n3` is ready
✓ cordon
✓ evict  41s
✓ reboot  1m 24s
✓ uncordon
"#
    );
}

#[test]
fn a_failure_is_drawn_once_where_it_happened() {
    assert_eq!(
        trouble().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ cordon
↻ evict: pod `db-0` cannot be evicted  attempt 1 of 2, 12s, again in 5s
✗ evict  attempt 2 of 2, 12s
error[kube.evict.blocked]: pod `db-0` cannot be evicted
   ╭ std/nodes:6:9 in `drain`
 6 │         kube::evict(pod);
   │         ^^^^^^^^^^^
   ├ called from drain.rhai:18:18
18 │ step("evict", || nodes::drain(node));
   │                  ------------
  caused by: disruption budget `db` allows 0 disruptions now
  last call: kube::evict pods/db-0 → kube.429
  last output: waiting for the budget
hint: scale `db` up, then `runbook run drain.rhai --resume`
failed at `evict` after 29s, 1 step done
  undo: runbook undo drain-7k2f
"#
    );
}

#[test]
fn a_failed_run_is_shown_with_its_failure_and_one_command() {
    assert_eq!(
        shown(&trouble()),
        r#"run drain-7k2f  failed
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  took     29s

✓ cordon
✗ evict  attempt 2 of 2, 12s

error[kube.evict.blocked]: pod `db-0` cannot be evicted
   ╭ std/nodes:6:9 in `drain`
 6 │         kube::evict(pod);
   │         ^^^^^^^^^^^
   ├ called from drain.rhai:18:18
18 │ step("evict", || nodes::drain(node));
   │                  ------------
  in step: `evict`
  caused by: disruption budget `db` allows 0 disruptions now
  last call: kube::evict pods/db-0 → kube.429
  last output: waiting for the budget
hint: scale `db` up, then `runbook run drain.rhai --resume`

next: runbook run drain.rhai --resume
"#
    );
}

#[test]
fn branches_are_told_by_their_steps_and_the_fan_out_by_one_line() {
    assert_eq!(
        fan().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ move nodes[n1]/drain  1m 02s
✓ move nodes[n2]/drain  1m 02s
✓ move nodes[n4]/drain  1m 02s
✗ move nodes[n3]/drain  1m 02s
error[kube.evict.blocked]: pod `db-0` cannot be evicted
   ╭ std/nodes:6:9 in `drain`
 6 │         kube::evict(pod);
   │         ^^^^^^^^^^^
   ├ called from drain.rhai:18:18
18 │ step("evict", || nodes::drain(node));
   │                  ------------
  caused by: disruption budget `db` allows 0 disruptions now
hint: scale `db` up, then `runbook run drain.rhai --resume`
✓ move nodes  4 branches, 1 failed, 1m 02s
done in 1m 02s, 3 steps, 1 failed
"#
    );
}

#[test]
fn a_branch_stands_under_its_fan_out_when_shown() {
    assert_eq!(
        shown(&fan()),
        r#"run drain-7k2f  done
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  took     1m 02s

✓ move nodes  4 branches, 1 failed, 1m 02s
  ✓ n1  1m 02s
    ✓ drain  1m 02s
  ✓ n2  1m 02s
    ✓ drain  1m 02s
  ✗ n3  1m 02s
    ✗ drain  1m 02s
  ✓ n4  1m 02s
    ✓ drain  1m 02s

error[kube.evict.blocked]: pod `db-0` cannot be evicted
   ╭ std/nodes:6:9 in `drain`
 6 │         kube::evict(pod);
   │         ^^^^^^^^^^^
   ├ called from drain.rhai:18:18
18 │ step("evict", || nodes::drain(node));
   │                  ------------
  in step: `move nodes[n3]/drain`
  caused by: disruption budget `db` allows 0 disruptions now
hint: scale `db` up, then `runbook run drain.rhai --resume`
"#
    );
}

#[test]
fn a_gate_says_what_it_asks_and_how_to_answer() {
    assert_eq!(
        gate().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ install  3s
? gate remove the old network
  All nodes run Cilium.
  Deleting flannel cannot be undone quickly.
  for: ann, bob
  needs: 2 different people
  answer: runbook approve drain-7k2f 'remove the old network'
✓ gate remove the old network  approved by ann@laptop (1 of 2)
stopped at gate `remove the old network` after 3s, 1 step done
  then: runbook run drain.rhai --resume
"#
    );
}

#[test]
fn a_run_at_a_gate_is_shown_with_the_command_to_approve() {
    assert_eq!(
        shown(&gate()),
        r#"run drain-7k2f  stopped
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  took     3s

✓ install  3s
? gate remove the old network  waits for a person, approved by ann@laptop

next: runbook approve drain-7k2f 'remove the old network'
"#
    );
}

#[test]
fn a_resume_tells_what_it_found_before_it_goes_on() {
    assert_eq!(
        resume().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ cordon
run drain-7k2f goes on  by bob@laptop
? 1 step was cut off
  step   call                   verdict   evidence
  evict  kube::evict pods/db-0  not done  pod `db-0` is still there
! 1 finished step no longer holds
  step    seen
  cordon  node `n3` is schedulable
! the runbook was edited  4 finished steps are reused
  edit     step    where            what that means
  changed  cordon  drain.rhai:12:1  is done; its recorded value is used
  new      notify  drain.rhai:14:1  comes before the point of resume; it runs now
= evict is taken up again  by kube, pod `db-0` is still there
✓ evict  attempt 2, 7s
done in 7s, 1 step
"#
    );
}

#[test]
fn a_resumed_run_is_shown_with_who_took_it_up() {
    assert_eq!(
        shown(&resume()),
        r#"run drain-7k2f  done
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  taken up 2026-01-02 15:03:20 by bob@laptop
  took     7s

✓ cordon
✓ evict  attempt 2, 7s
"#
    );
}

#[test]
fn an_undo_tells_each_step_and_what_it_left_behind() {
    assert_eq!(
        undo().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
✓ cordon
✓ label  1s
run drain-7k2f is undone  by bob@laptop
↩ undone label
↩ undone cordon  2s
undone in 2s
! left behind:
  label `pool` on node `n3`
"#
    );
}

#[test]
fn an_undone_run_is_shown_with_its_steps_undone() {
    assert_eq!(
        shown(&undo()),
        r#"run drain-7k2f  undone
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  taken up 2026-01-02 14:03:21 by bob@laptop
  took     2s

↩ cordon
↩ label  1s

! left behind:
  label `pool` on node `n3`
"#
    );
}

#[test]
fn warnings_points_phases_guards_and_doubts_have_a_line_each() {
    assert_eq!(
        odd().lines(),
        r#"run drain-7k2f  drain 1.2.0, drain.rhai on twin, by ann@laptop
› hello
  there
! a/b: careful
✓ guard reachable  watched from now on
! check disk  disk is 91% full
! point of no return: etcd is rewritten
✓ prepare/fetch  2s
✓ prepare  2s
- notify  skipped: --skip by ann@laptop
✗ guard reachable is broken: 2 of 40 probes lost
  during: `evict`
■ stopping after `evict`  Ctrl-C again stops now
in doubt at `evict` after 2s, 1 step done
  settle: runbook settle drain-7k2f evict --done (or --redo)
  go on: runbook run drain.rhai --resume
"#
    );
}

#[test]
fn a_doubt_is_shown_with_the_command_to_settle_it() {
    assert_eq!(
        shown(&odd()),
        r#"run drain-7k2f  in doubt
  runbook  drain 1.2.0
  file     drain.rhai
  site     twin
  by       ann@laptop
  begun    2026-01-02 14:03:20
  took     2s

› hello there
  a
    b
    ! careful
✓ guard reachable
  ✗ broken: 2 of 40 probes lost
✓ check disk
  ! disk is 91% full
✓ point of no return  etcd is rewritten
✓ prepare  2s
  ✓ fetch  2s
- notify  skipped: --skip by ann@laptop
? evict  in doubt

next: runbook settle drain-7k2f evict --done
"#
    );
}
