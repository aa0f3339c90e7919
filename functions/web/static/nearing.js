// What waits until one comes to where it stands.

const NEAR = "50%"; // of the window: an answer is mostly there before one is

/** Calls `act` once, when the element comes near the window. */
export function whenNear(element, act) {
    const near = new IntersectionObserver((entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        near.disconnect();
        act();
    }, { rootMargin: NEAR });
    near.observe(element);
}
