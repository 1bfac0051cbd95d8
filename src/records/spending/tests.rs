use super::*;
use crate::terms::usage::dollars;
use proptest::prelude::*;

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(2))
}

/// A row with what sums are made of.
fn row(billing: Billing, stage: &str, cost: Option<u64>, tokens: Option<u64>) -> Spent {
    Spent {
        run: "RUN-2026-05-03-T021".to_owned(),
        task: Some("T021".to_owned()),
        workflow: Some("feature".to_owned()),
        stage: stage.to_owned(),
        attempt: format!("RUN-2026-05-03-T021-{stage}"),
        agent: Some("claude".to_owned()),
        model: None,
        started: Some("2026-05-03T22:30:00Z".parse().unwrap()),
        on: None,
        result: "passed".to_owned(),
        fate: Fate::Passed,
        completed: true,
        took_ms: Some(1_000),
        billing,
        input: tokens,
        output: None,
        cached: None,
        tokens,
        cost_micros: cost.filter(|_| billing == Billing::Metered),
        source: Source::Journal,
    }
}

#[test]
fn metered_plan_and_no_agent_stay_apart_and_what_was_not_told_is_counted() {
    let rows = [
        row(Billing::Metered, "Build", Some(1_200_000), Some(10)),
        row(Billing::Metered, "Build", None, None),
        row(Billing::Plan, "Build", Some(9_000_000), Some(500)),
        row(Billing::NoAgent, "Lint", None, None),
    ];
    let totals = Totals::of(&rows);
    let metered = totals.by(Billing::Metered);
    assert_eq!(metered.cost_text(), "$1.20 + 1 unknown");
    assert_eq!(metered.tokens_text(), "10 + 1 unknown");
    assert_eq!(
        (metered.cost.whole(), metered.cost.part()),
        (None, Some(1_200_000))
    );
    let plan = totals.by(Billing::Plan);
    assert_eq!(
        (plan.cost_text(), plan.tokens_text()),
        ("-".into(), "500".into())
    );
    let none = totals.by(Billing::NoAgent);
    assert_eq!(
        (none.attempts, none.cost_text(), none.tokens_text()),
        (1, "-".into(), "-".into())
    );
    let found = groups(&rows, &[By::Stage], &zone());
    let told: Vec<(&str, Billing, u32)> = found
        .iter()
        .map(|g| (g.name(0), g.billing, g.sum.attempts))
        .collect();
    assert_eq!(
        told,
        [
            ("Build", Billing::Metered, 2),
            ("Build", Billing::Plan, 1),
            ("Lint", Billing::NoAgent, 1)
        ]
    );
}

#[test]
fn a_day_is_one_of_the_persons_own_and_what_has_none_is_told() {
    let mut spent = row(Billing::Metered, "Build", None, None);
    let day = |text: &str| text.parse::<Date>().unwrap();
    assert_eq!(spent.day(&zone()), Some(day("2026-05-04")));
    let period = |since, until| Period { since, until };
    let third = period(Some(day("2026-05-03")), Some(day("2026-05-03")));
    let fourth = period(Some(day("2026-05-04")), None);
    assert_eq!(third.holds(&spent, &zone()), Some(false));
    assert_eq!(fourth.holds(&spent, &zone()), Some(true));
    spent.started = None;
    assert_eq!(fourth.holds(&spent, &zone()), None);
    assert_eq!(Period::default().holds(&spent, &zone()), Some(true));
    assert_eq!(By::Day.key(&spent, &zone()), None);
    spent.on = Some(day("2026-05-09"));
    assert_eq!(fourth.holds(&spent, &zone()), Some(true));
}

fn any_row() -> impl Strategy<Value = Spent> {
    let amount = || prop::option::of(0u64..5_000_000_000);
    let billing = prop::sample::select(Billing::ALL.to_vec());
    let fate = prop::sample::select(Fate::ALL.to_vec());
    let stage = prop::sample::select(vec!["Spec", "Build", "QA"]);
    let agent = prop::option::of(prop::sample::select(vec!["claude", "codex"]));
    let second = prop::option::of(1_700_000_000i64..1_700_900_000);
    let all = (
        billing,
        fate,
        stage,
        agent,
        second,
        amount(),
        amount(),
        amount(),
    );
    all.prop_map(
        |(billing, fate, stage, agent, second, cost, tokens, took)| {
            let mut row = row(billing, stage, cost, tokens);
            row.agent = agent.map(str::to_owned);
            row.fate = fate;
            row.took_ms = took;
            row.started = second.map(|s| Timestamp::from_second(s).unwrap());
            row
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn groups_sum_up_to_the_total_and_lose_nothing_that_is_unknown(
        rows in prop::collection::vec(any_row(), 0..40),
        by in prop::collection::vec(prop::sample::select(By::ALL.to_vec()), 0..4),
    ) {
        let totals = Totals::of(&rows);
        let found = groups(&rows, &by, &zone());
        for billing in Billing::ALL {
            let own = found.iter().filter(|g| g.billing == billing);
            let sum = own.fold(Sum::default(), |sum, g| sum.and(&g.sum));
            prop_assert_eq!(&sum, totals.by(billing));
            let of = |is: fn(&Spent) -> bool| {
                let rows = rows.iter().filter(|r| r.billing == billing && is(r));
                u32::try_from(rows.count()).unwrap()
            };
            prop_assert_eq!(sum.attempts, of(|_| true));
            prop_assert_eq!(sum.took_ms.unknown(), of(|r| r.took_ms.is_none()));
            match billing {
                Billing::Metered => {
                    prop_assert_eq!(sum.cost.unknown(), of(|r| r.cost_micros.is_none()));
                    prop_assert_eq!(sum.cost.counted(), sum.attempts);
                    let known = rows.iter().filter(|r| r.billing == billing);
                    let known: Vec<u64> = known.filter_map(|r| r.cost_micros).collect();
                    let wanted = (!known.is_empty()).then(|| known.iter().sum::<u64>());
                    prop_assert_eq!(sum.cost.part(), wanted);
                    // Whatever is missing is said, and nothing that is missing reads as a zero.
                    let text = sum.cost_text();
                    prop_assert_eq!(text.contains("unknown"), sum.cost.unknown() > 0);
                    prop_assert_eq!(text.contains('$'), wanted.is_some());
                }
                _ => {
                    prop_assert_eq!(sum.cost.counted(), 0);
                    prop_assert!(!sum.cost_text().contains('$'), "{}", sum.cost.text(dollars));
                }
            }
        }
        // A group is of one kind, and there are no two of the same.
        let mut keys: Vec<_> = found.iter().map(|g| (g.keys.clone(), g.billing)).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), found.len());
    }
}
