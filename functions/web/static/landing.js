// The tab a platform leads back to: it only says how the connecting ended. The accounts page, in its own tab, goes on.

import { focusOn, h } from "./dom.js";
import { glyph } from "./glyphs.js";
import { text } from "./text.js";

const ENDS = {
    done: { icon: "check", kind: "good", title: text.landingDone, hint: text.landingDoneHint },
    choose: { icon: "info", kind: "", title: text.landingChoose, hint: text.landingChooseHint },
    failed: { icon: "alert", kind: "bad", title: text.landingFailed, hint: text.landingFailedHint },
};

/** Ends whose code tells more than their outcome does. */
const ENDS_OF_CODE = {
    identity_mismatch: { ...ENDS.choose, title: text.mismatchTitle, hint: text.landingMismatchHint },
    unknown_state: { ...ENDS.failed, title: text.landingUnknown, hint: text.landingUnknownHint },
};

const endOf = (ends, name) => (Object.hasOwn(ends, name ?? "") ? ends[name] : null);

/** `query`: connection, outcome and error as the callback wrote them. */
export function showLanding(page, query) {
    const outcome = query.get("outcome");
    const connection = query.get("connection");
    const code = query.get("error");
    const { icon, kind, title, hint } = endOf(ENDS_OF_CODE, code) ?? endOf(ENDS, outcome) ?? ENDS.failed;
    const heading = h("h1", {}, title);
    const goesOn = outcome === "choose" && connection;
    page.replaceChildren(
        h(
            "main",
            { class: "blank landing" },
            h("span", { class: `blank-icon ${kind}` }, glyph(icon)),
            heading,
            code ? h("p", {}, Object.hasOwn(text.problems, code) ? text.problems[code] : text.problems.unknown) : null,
            h("p", { class: "faint" }, hint),
            h("a", { class: "button primary", href: goesOn ? `/?resume=${encodeURIComponent(connection)}` : "/" }, goesOn ? text.chooseHere : text.goToAccounts),
        ),
    );
    document.title = `${title} · ${text.product}`;
    focusOn(heading);
}
