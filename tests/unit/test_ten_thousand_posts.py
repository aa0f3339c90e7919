"""An account so large that its sync takes many invocations: bounded steps, progress, and a worker that dies."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from socials.models.parts import Part
from socials.models.readings import Portion
from socials.models.runs import RunState
from socials.platforms.base import Answer, Request
from socials.timing import RUN_LEASE_SECONDS
from tests.support.builders import life_of
from tests.support.fakes import Killed
from tests.support.world import World, some_posts

POSTS, PAGE, PAGES_A_TIME = 10_000, 100, 5
# Lambda stops a function that feeds its own queue after so many rounds, where RecursiveLoop does not allow it.
ROUNDS = 16


def test_ten_thousand_posts_come_in_bounded_steps_and_survive_a_dead_worker(world: World) -> None:
    account = world.settled_account()
    world.answer_well()
    world.script("posts", lambda request: page(world, request))
    world.ask(account)
    done: list[int] = []
    while (run := world.of(account).run) is not None:
        done.append(run.parts[Part.POSTS].done)
        assert run.parts[Part.POSTS].total in (None, POSTS)
        if len(done) == ROUNDS // 2:
            die_over_it(world, account)
            continue
        world.sync(account, time_left=time_for(PAGES_A_TIME))
        assert len(world.queues.take("manual")) == (world.of(account).run is not None)

    assert len(done) > ROUNDS
    assert done == sorted(done) and max(done) < POSTS
    assert all(later - earlier <= PAGES_A_TIME * PAGE for earlier, later in pairwise(done))
    assert world.last_run(account).state is RunState.SUCCEEDED
    progress = world.last_run(account).parts[Part.POSTS]
    assert (progress.done, progress.total) == (POSTS, POSTS)
    assert len(world.rows.life(life_of(account)).posts) == POSTS


def time_for(steps: int) -> Callable[[], float]:
    left = iter([100] * steps)
    return lambda: next(left, 1)


def page(world: World, request: Request) -> Answer:
    number = int(dict(request.query)["cursor"] or 0)
    posts = some_posts(number * PAGE + 1, (number + 1) * PAGE)
    cursor = str(number + 1) if (number + 1) * PAGE < POSTS else None
    return world.network.answer(Portion(posts=posts, cursor=cursor, total=POSTS))


def die_over_it(world: World, account: object) -> None:
    """After a page that it has written, and one that it has not; whoever comes next waits for its lease."""
    world.hooks.kill_after("network.posts", skip=1)
    with pytest.raises(Killed):
        world.sync(account)  # type: ignore[arg-type]
    world.hooks.revive()
    world.clock.forward(seconds=RUN_LEASE_SECONDS + 1)
