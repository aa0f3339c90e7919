// Drawing a great many things: each when it comes near the window, and all others while the page has nothing else to do.

const NEAR = "50%";
const AT_LEAST = 3; // a turn, however short it is
const RESERVE = 5; // milliseconds of the idle time that are left to the browser

const whenIdle = globalThis.requestIdleCallback ?? ((act) => setTimeout(() => act({ timeRemaining: () => 10 }), 20));

/** Answers {add(element, draw), drop(element), now(element)}; each `draw` is called once. `done()`: none is left. */
export function createDrawing(done) {
    const waiting = new Map();
    let isWorking = false;
    const near = new IntersectionObserver((entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) now(target);
    }, { rootMargin: NEAR });

    function now(element) {
        const draw = waiting.get(element);
        drop(element);
        draw?.();
    }

    function drop(element) {
        if (!waiting.has(element)) return;
        waiting.delete(element);
        near.unobserve(element);
    }

    function work(idle) {
        let drawn = 0;
        for (const element of waiting.keys()) {
            if (drawn >= AT_LEAST && idle.timeRemaining() < RESERVE) break;
            now(element);
            drawn += 1;
        }
        isWorking = waiting.size > 0;
        if (isWorking) whenIdle(work);
        else done();
    }

    return {
        add(element, draw) {
            waiting.set(element, draw);
            near.observe(element);
            if (!isWorking) whenIdle(work);
            isWorking = true;
        },
        drop,
        now,
    };
}
