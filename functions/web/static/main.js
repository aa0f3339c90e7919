// Which view to show: the end of a connection (in the platform's tab), the welcome, or the accounts.

import { showAccounts } from "./accounts.js";
import { button, notice } from "./dialog.js";
import { h } from "./dom.js";
import { keepTicking } from "./format.js";
import { showLanding } from "./landing.js";
import { arrive, leaveToSignIn } from "./signin.js";
import { text } from "./text.js";

const page = document.getElementById("page");

async function start() {
    const query = new URLSearchParams(location.search);
    if (query.has("outcome")) return showLanding(page, query);
    page.replaceChildren(h("p", { class: "blank faint" }, text.signingIn));
    const { signedIn, undone, leaving, error } = await arrive();
    if (leaving) return undefined;
    if (!signedIn) return showWelcome(error);
    keepTicking();
    return showAccounts(page, new URLSearchParams(location.search).get("resume"), undone);
}

function showWelcome(error) {
    const begin = () => leaveToSignIn().catch(() => { showWelcome(text.signInUnavailable); page.querySelector("button").focus(); });
    page.replaceChildren(
        h(
            "main",
            { class: "blank landing" },
            h("img", { class: "brand-large", src: new URL("icons/postloudly.svg", import.meta.url), alt: text.product }),
            h("h1", {}, text.welcomeTitle),
            h("p", {}, text.welcome),
            error ? notice(error) : null,
            button(text.signIn, begin, "primary"),
        ),
    );
    performance.mark("usable");
}

start();
