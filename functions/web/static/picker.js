// Choosing the accounts to publish to: a component of its own, and a small page that shows it.

import { announce } from "./announcing.js";
import { button } from "./dialog.js";
import { focusOn, h } from "./dom.js";
import { glyph } from "./glyphs.js";
import { nameOf, rowOf } from "./identity.js";
import { reasonsOf } from "./standing.js";
import { text } from "./text.js";

const REMEMBERED = "postloudly.publish-to";

function recall() {
    try {
        return new Set(JSON.parse(localStorage.getItem(REMEMBERED) ?? "[]"));
    } catch {
        return new Set();
    }
}

const remember = (chosen) => localStorage.setItem(REMEMBERED, JSON.stringify([...chosen]));

function reasonAgainst(account, platform) {
    if (account.can_publish) return null;
    if (account.status === "disconnecting") return text.reason.disconnecting;
    if (account.status === "connection_error") return reasonsOf(account, platform)[0].words;
    return platform.scopes?.publish?.length ? text.publishNotAllowed : text.publishNotOffered(platform.name);
}

/**
 * The picker. Its choice is remembered on this device and survives an account's break. `platformOf(account)`;
 * `reconnect(account)`; `changed(accounts)` after each change. Answers {element, update(accounts), chosen()}.
 */
export function createPicker({ platformOf, reconnect, changed = () => {} }) {
    const chosen = recall();
    let accounts = [];
    const all = h("input", { type: "checkbox", onchange: () => chooseAll(all.checked) });
    const count = h("p", { class: "picker-count", role: "status" });
    const rows = h("ul", { class: "identities" });
    const element = h("fieldset", { class: "picker" }, h("legend", {}, text.pickerLegend), h("div", { class: "picker-head" }, h("label", { class: "choice" }, all, h("span", {}, text.selectAll)), count), rows);

    const choosable = () => accounts.filter((account) => account.can_publish);
    const taken = () => choosable().filter((account) => chosen.has(account.account_id));

    function chooseAll(wanted) {
        for (const { account_id: id } of choosable()) chosen[wanted ? "add" : "delete"](id);
        for (const box of rows.querySelectorAll("input:enabled")) box.checked = wanted;
        settle();
    }

    function choose(account, wanted) {
        chosen[wanted ? "add" : "delete"](account.account_id);
        settle();
    }

    function settle() {
        remember(chosen);
        const number = taken().length;
        count.textContent = text.pickerCount(number, accounts.length);
        all.checked = number > 0 && number === choosable().length;
        all.indeterminate = number > 0 && !all.checked;
        all.disabled = choosable().length === 0;
        changed(taken());
    }

    function row(account) {
        const against = reasonAgainst(account, platformOf(account));
        const about = `about-${account.account_id}`;
        const box = h("input", { type: "checkbox", value: account.account_id, disabled: Boolean(against), checked: !against && chosen.has(account.account_id), "aria-describedby": against ? about : null, onchange: () => choose(account, box.checked) });
        const again = against && account.status !== "disconnecting" ? h("button", { type: "button", class: "button soft small", "aria-label": text.reconnectOf(nameOf(account)), onclick: () => reconnect(account) }, glyph("reconnect"), text.reconnect) : null;
        return h("li", { class: against ? "is-off" : null }, h("div", { class: "picker-row" }, h("label", { class: "choice" }, box, rowOf(account), h("span", { class: "unseen" }, ` ${text.onPlatform(platformOf(account).name)}`)), against ? h("p", { class: "field-error", id: about }, glyph("alert"), h("span", {}, against)) : null), again);
    }

    return {
        element,
        update(latest) {
            accounts = latest;
            const focused = rows.contains(document.activeElement) ? document.activeElement.value : null;
            rows.replaceChildren(...accounts.map(row));
            if (focused) rows.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
            settle();
        },
        chosen: taken,
    };
}

/** The page at `#/publish`. */
export function showPublishing(board, actions) {
    const outcome = h("p", { class: "said", role: "status" });
    const use = button(text.pickerUse, () => {
        outcome.textContent = text.pickerOutcome(picker.chosen().map((account) => text.namedOn(nameOf(account), board.platform(account).name)));
    }, "primary");
    const picker = createPicker({ platformOf: board.platform, reconnect: actions.reconnect, changed: (taken) => { use.disabled = taken.length === 0; } });
    const heading = h("h1", {}, text.pickerTitle);
    const draw = () => picker.update(board.all());
    draw();
    return {
        element: h("main", { class: "narrow" }, h("a", { class: "button quiet back-link", href: "#/" }, glyph("back"), text.allAccounts), heading, h("p", { class: "hint" }, text.pickerHint), picker.element, h("div", { class: "buttons" }, use), outcome),
        home: () => heading,
        draw,
        enter() {
            document.title = text.titleOf(text.pickerTitle);
            scrollTo(0, 0);
            focusOn(heading);
            announce(text.pickerTitle);
        },
    };
}
