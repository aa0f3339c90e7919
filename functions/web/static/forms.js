// The forms of connecting, with what is wrong shown at the field it is about.

import { avatar } from "./avatar.js";
import { button, buttons, notice } from "./dialog.js";
import { focusOn, h, isBusy, linkable, whileBusy } from "./dom.js";
import { glyph } from "./glyphs.js";
import { handleOf } from "./identity.js";
import { text } from "./text.js";

function field({ name, label, hint, ...attributes }) {
    const input = h("input", { id: `field-${name}`, name, "aria-describedby": `about-${name}`, autocapitalize: "none", spellcheck: "false", ...attributes });
    const error = h("p", { class: "field-error" });
    const element = h(
        "div",
        { class: "field" },
        h("label", { for: input.id }, label),
        input,
        h("div", { id: `about-${name}` }, error, hint ? h("p", { class: "hint" }, hint) : null),
    );
    const complain = (words) => {
        error.replaceChildren(...(words ? [glyph("alert"), h("span", {}, words)] : []));
        if (words) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
    };
    input.addEventListener("input", () => complain(""));
    return { name, input, element, complain };
}

/** A form of such fields. `send(values)` may throw a Problem; its `errors` go to the fields they name. */
function formOf({ fields, body, send, back, go }) {
    const trouble = h("div");
    const submit = h("button", { type: "submit", class: "button primary" }, go);
    const element = h("form", { novalidate: true }, trouble, body ?? fields.map((one) => one.element), buttons(back, submit));
    element.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (isBusy(submit)) return;
        trouble.replaceChildren();
        if (!complainOfEmpty(fields)) return;
        submit.textContent = text.connecting;
        await whileBusy([back, submit], () => send(valuesOf(fields)).catch((problem) => complainOf(problem, fields, trouble)));
        submit.textContent = go;
    });
    return { element, first: fields.find(({ input }) => !input.readOnly)?.input };
}

const valuesOf = (fields) => Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()]).filter(([, value]) => value));

function complainOfEmpty(fields) {
    const empty = fields.filter(({ input }) => input.required && !input.value.trim());
    for (const one of empty) one.complain(text.required);
    empty[0]?.input.focus();
    return empty.length === 0;
}

function complainOf(problem, fields, trouble) {
    const named = (problem.errors ?? []).map(({ field: name, detail }) => [fields.find((one) => one.name === name), detail]);
    for (const [one, detail] of named) {
        one?.complain(text.fieldProblem(detail));
        one?.input.closest("details")?.setAttribute("open", "");
    }
    const [first] = named.find(([one]) => one) ?? [];
    const elsewhere = named.filter(([one]) => !one).map(([, detail]) => text.fieldProblem(detail));
    const words = first ? elsewhere.join(" ") : problem.words ?? text.problems.unknown;
    if (words) trouble.replaceChildren(notice(words));
    if (first) setTimeout(() => focusOn(first.input));
}

/** Handle and app password; `identifier` is given, and fixed, when an account is reconnected. */
export function credentialsForm({ send, back, identifier }) {
    const handle = field({ name: "identifier", label: text.handle, hint: text.handleHint, required: true, autocomplete: "username", value: identifier, readonly: Boolean(identifier) });
    const secret = field({ name: "app_password", label: text.appPassword, hint: text.appPasswordHint, required: true, type: "password", autocomplete: "off" });
    const service = field({ name: "service", label: text.service, hint: text.serviceHint, type: "url", inputmode: "url", autocomplete: "off" });
    const help = h("a", { href: linkable(text.appPasswordPage), target: "_blank", rel: "noopener noreferrer" }, text.appPasswordHelp, glyph("external"), h("span", { class: "unseen" }, ` ${text.opensInNewTab}`));
    const other = h("details", {}, h("summary", {}, text.otherService), service.element);
    const body = [handle.element, secret.element, h("p", { class: "help" }, help), other];
    return formOf({ fields: [handle, secret, service], body, send, back, go: text.connect });
}

/** The server of a platform that has many. */
export function instanceForm({ send, back, go }) {
    const instance = field({ name: "instance", label: text.instance, hint: text.instanceHint, required: true, inputmode: "url", autocomplete: "off" });
    return formOf({ fields: [instance], send, back, go });
}

/** The identities that one consent offers. `areChosen`: at first those not yet connected are, else none. */
export function choiceForm({ candidates, platform, send, back, areChosen }) {
    const trouble = h("div");
    const submit = h("button", { type: "submit", class: "button primary" });
    const rows = candidates.map((candidate) => choice(candidate, platform, areChosen && !candidate.connected));
    const count = () => rows.filter(({ box }) => box.checked).length;
    const say = () => { submit.textContent = text.chooseAdd(count()); };
    const element = h("form", { onchange: say }, trouble, h("ul", { class: "identities" }, rows.map((row) => row.element)), buttons(back, submit));
    element.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (isBusy(submit)) return;
        if (!count()) return trouble.replaceChildren(notice(text.chooseNone));
        const ids = rows.filter(({ box }) => box.checked).map(({ box }) => box.value);
        await whileBusy([back, submit], () => send(ids).catch((problem) => complainOf(problem, [], trouble)));
    });
    say();
    return { element, first: rows[0]?.box };
}

function choice(candidate, platform, isChosen) {
    const box = h("input", { type: "checkbox", name: "ids", value: candidate.id, checked: isChosen });
    const name = candidate.display_name || handleOf(candidate) || candidate.id;
    const about = [text.kind[candidate.kind], candidate.connected ? text.alreadyConnected : null].filter(Boolean);
    const words = [h("bdi", { class: "name" }, name), h("bdi", { class: "handle" }, handleOf(candidate)), about.length ? h("small", {}, about.join(" · ")) : null];
    return { box, element: h("li", {}, h("label", { class: "choice" }, box, avatar(candidate, platform), h("span", { class: "who" }, words))) };
}
