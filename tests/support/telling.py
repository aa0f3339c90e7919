"""A world wired as the functions are: its ports tell."""

from socials.telling.erases import told_receipts
from socials.telling.refreshes import ToldRefreshing, told_vault
from socials.telling.runs import told_accounts
from tests.support.changing import replace
from tests.support.world import World


def telling(world: World) -> World:
    p = world.ports
    refreshing = ToldRefreshing(p.grants, told_vault(p.vault), p.apps, p.doors, p.clock)
    world.syncing = replace(world.syncing, accounts=told_accounts(p.accounts), refreshing=refreshing)
    world.erasing = replace(world.erasing, receipts=told_receipts(p.receipts))
    world.parting = replace(world.parting, accounts=told_accounts(p.accounts))
    return world
