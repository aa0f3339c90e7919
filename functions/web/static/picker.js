// Choosing the accounts to publish to: a component of its own, and a small page that shows it.

import { announce } from "./announcing.js";
import { button } from "./dialog.js";
import { focusOn, h, keepingFocus, show } from "./dom.js";
import { glyph } from "./glyphs.js";
import { rowOf } from "./identity.js";
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
    return platform.scopes && !platform.scopes.publish.length ? text.publishNotOffered(platform.name) : text.publishNotAllowed;
}

/** An account that was disconnected and connected again is another one: nobody has chosen it yet. */
const keyOf = ({ account_id: id, connected_at: since }) => `${id} ${since}`;

/**
 * The picker. Its choice is remembered on this device and survives an account's break. `platformOf(account)`;
 * `called(account)`: its name among the others; `reconnect(account)`; `changed(accounts)` after each change. Answers {element, update(accounts), chosen()}.
 */
export function createPicker({ platformOf, called, reconnect, changed = () => {} }) {
    const chosen = recall();
    const drawn = new Map(); // the row of each account
    let accounts = [];
    const all = h("input", { type: "checkbox", onchange: () => chooseAll(all.checked) });
    const count = h("p", { class: "picker-count", role: "status" });
    const rows = h("ul", { class: "identities" });
    const element = h("fieldset", { class: "picker" }, h("legend", {}, text.pickerLegend), h("div", { class: "picker-head" }, h("label", { class: "choice" }, all, h("span", {}, text.selectAll)), count), rows);

    const choosable = () => accounts.filter((account) => account.can_publish);
    const taken = () => choosable().filter((account) => chosen.has(keyOf(account)));

    function chooseAll(wanted) {
        for (const account of choosable()) chosen[wanted ? "add" : "delete"](keyOf(account));
        for (const box of rows.querySelectorAll("input:enabled")) box.checked = wanted;
        keep();
    }

    function choose(account, wanted) {
        chosen[wanted ? "add" : "delete"](keyOf(account));
        keep();
    }

    /** Not what an account was before it was disconnected; what is somebody else's on this device stays. */
    function keep() {
        const [known, ids] = [new Set(accounts.map(keyOf)), new Set(accounts.map(({ account_id: id }) => id))];
        for (const key of [...chosen].filter((each) => !known.has(each) && ids.has(each.split(" ")[0]))) chosen.delete(key);
        remember(chosen);
        settle();
    }

    function settle() {
        const number = taken().length;
        show(count, text.pickerCount(number, accounts.length), (words) => words); // what is not new is not read out again
        all.checked = number > 0 && number === choosable().length;
        all.indeterminate = number > 0 && !all.checked;
        all.disabled = choosable().length === 0;
        changed(taken());
    }

    function row(account, against) {
        const about = `about-${account.account_id}`;
        const box = h("input", { type: "checkbox", value: account.account_id, disabled: Boolean(against), checked: !against && chosen.has(keyOf(account)), "aria-describedby": against ? about : null, onchange: () => choose(account, box.checked) });
        const again = against && account.status !== "disconnecting" ? h("button", { type: "button", class: "button soft small", "aria-label": text.reconnectOf(called(account)), onclick: () => reconnect(accounts.find((one) => one.account_id === account.account_id)) }, glyph("reconnect"), text.reconnect) : null;
        return [h("div", { class: "picker-row" }, h("label", { class: "choice" }, box, rowOf(account), h("span", { class: "unseen" }, ` ${text.onPlatform(platformOf(account).name)}`)), against ? h("p", { class: "field-error", id: about }, glyph("alert"), h("span", {}, against)) : null), again];
    }

    /** Draws a row anew where it would look different; where the focus was in it, on its one control that can be used. */
    function drawRow(account, index) {
        const { account_id: id } = account;
        if (!drawn.has(id)) drawn.set(id, h("li"));
        const item = drawn.get(id);
        if (rows.children[index] !== item) rows.insertBefore(item, rows.children[index] ?? null);
        const against = reasonAgainst(account, platformOf(account));
        const hasFocus = item.contains(document.activeElement);
        item.classList.toggle("is-off", Boolean(against));
        show(item, [against, called(account), keyOf(account), account.status, account.display_name, account.username, account.avatar_url], () => row(account, against));
        if (hasFocus && !item.contains(document.activeElement)) item.querySelector("input:enabled, button")?.focus();
    }

    function drawRows() {
        const known = new Set(accounts.map(({ account_id: id }) => id));
        for (const id of [...drawn.keys()].filter((each) => !known.has(each))) {
            drawn.get(id).remove();
            drawn.delete(id);
        }
        accounts.forEach(drawRow);
    }

    return {
        element,
        update(latest) {
            accounts = latest;
            keepingFocus(rows, drawRows, () => all);
            settle();
        },
        chosen: taken,
    };
}

/** The page at `#/publish`. */
export function showPublishing(board, actions) {
    const outcome = h("p", { class: "said", role: "status" });
    let used = null; // the choice that the outcome tells of
    const idsOf = (taken) => taken.map(({ account_id: id }) => id).join();
    const use = button(text.pickerUse, () => {
        used = idsOf(picker.chosen());
        outcome.textContent = text.pickerOutcome(picker.chosen().map(board.called));
    }, "primary");
    const picker = createPicker({ platformOf: board.platform, called: board.called, reconnect: actions.reconnect, changed });
    const heading = h("h1", {}, text.pickerTitle);
    const chooser = [picker.element, h("div", { class: "buttons" }, use), outcome];
    const place = h("div", {});

    function changed(taken) {
        use.disabled = taken.length === 0;
        if (idsOf(taken) !== used) outcome.textContent = "";
    }

    const nobody = () => [h("p", { class: "nothing" }, text.pickerNone), h("div", { class: "buttons" }, button(text.connectAccount, actions.connect, "primary", "plus"))];

    function draw() {
        picker.update(board.all());
        show(place, board.all().length > 0, (some) => (some ? chooser : nobody()));
    }

    draw();
    return {
        element: h("main", { class: "narrow" }, h("a", { class: "button quiet back-link", href: "#/" }, glyph("back"), text.allAccounts), heading, h("p", { class: "hint" }, text.pickerHint), place),
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
