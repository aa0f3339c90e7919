// What an account is called among the others. Names are not unique: its platform goes with it, and its handle where two
// agree in name and platform.

import { handleOf, nameOf } from "./identity.js";
import { text } from "./text.js";

const keyOf = (account) => `${account.platform} ${nameOf(account)}`;

/**
 * Answers {note(account), drop(accountId), called(account, beside)}; `called` also of one that is not, or no longer, among
 * them. `beside`: such a one that is named in the same place, if any.
 */
export function createNaming(platformOf) {
    const keys = new Map(); // by account
    const alike = new Map(); // how many have the same key

    function drop(accountId) {
        const key = keys.get(accountId);
        if (keys.delete(accountId)) alike.set(key, alike.get(key) - 1);
    }

    function note(account) {
        const key = keyOf(account);
        drop(account.account_id);
        keys.set(account.account_id, key);
        alike.set(key, (alike.get(key) ?? 0) + 1);
    }

    function called(account, beside = null) {
        const key = keyOf(account);
        const more = beside && !keys.has(beside.account_id) && keyOf(beside) === key ? 1 : 0;
        const others = (alike.get(key) ?? 0) - (keys.get(account.account_id) === key ? 1 : 0) + more;
        const handle = others && account.display_name ? handleOf(account) : "";
        return text.called(nameOf(account), platformOf(account).name, handle);
    }

    return { note, drop, called };
}
