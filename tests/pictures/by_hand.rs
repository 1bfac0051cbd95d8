//! A stage in a person's hands: what is asked before, what stands there after.

use crate::player::Player;
use crate::root;
use crate::support::project::put;
use crate::support::sample::Timed;
use crate::support::states::State;
use crate::svg::{self, Ground};

/// The question and the mark, in two sizes.
pub fn assets(large: (u16, u16)) {
    for (size, suffix, ground) in [
        (large, "", Ground::Dark),
        ((80, 24), "-80x24", Ground::Light),
    ] {
        // What is taken over is another state after that.
        let made = State::Gate.made_in(Timed::AsRecorded);
        // What passed before is looked at once more, for its work is another.
        let review = |n: usize| made.sample.recordings().join(format!("qa.{n}.1.jsonl"));
        std::fs::copy(review(2), review(3)).unwrap();
        let mut player = Player::open(&made.sample, &[], size);
        player.settles();
        player.types("3");
        player.settles();
        player.types("T");
        player.until("take it over");
        player.settles();
        let path = root().join(format!("assets/take-over{suffix}.svg"));
        put(&path, &svg::picture(player.screen(), ground));
        player.types("\r");
        player.until("is yours; leave");
        player.settles();
        player.types("echo '/* by hand */' >> styles/site.css; exit\r");
        player.until("Hand build back?");
        player.types("\r");
        player.until("awaiting approval");
        player.settles();
        player.types("[[");
        player.until("with Ada");
        player.settles();
        let path = root().join(format!("assets/taken-over{suffix}.svg"));
        put(&path, &svg::picture(player.screen(), ground));
        player.types("q");
        player.ends();
    }
}
