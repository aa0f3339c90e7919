"""What every platform's own file says of it, by its slug. Made by `make docs`; not written by hand."""

from datetime import timedelta

from socials.models.parts import Part
from socials.platforms.facts import Facts, Keeping, RevocationHelp

FACTS = {
    "instagram": Facts(
        slug="instagram",
        name="Instagram",
        connect="oauth",
        metrics=frozenset({"comments", "followers", "likes", "reach", "saves", "shares", "views"}),
        revokes="nothing",
        revocation=RevocationHelp(
            url="https://www.instagram.com/accounts/manage_access/",
            steps=(
                "Open Apps and websites on Instagram's website while you are signed in.",
                "Under Active, find PostLoudly.",
                "Choose Remove.",
            ),
            checked_on="2026-11-22",
        ),
        day_zone="America/Los_Angeles",
        needed_scopes=("instagram_business_basic", "instagram_business_manage_insights"),
        publish_scopes=("instagram_business_content_publish",),
        part_scopes={
            Part.PROFILE: frozenset({"instagram_business_basic"}),
            Part.INSIGHTS: frozenset({"instagram_business_basic", "instagram_business_manage_insights"}),
            Part.POSTS: frozenset({"instagram_business_basic"}),
        },
        refresh_before=timedelta(seconds=4320000),
    ),
    "facebook": Facts(
        slug="facebook",
        name="Facebook",
        connect="oauth",
        metrics=frozenset({"clicks", "comments", "followers", "likes", "reach", "shares", "views"}),
        revokes="person",
        revocation=RevocationHelp(
            url="https://www.facebook.com/settings?tab=business_tools",
            steps=(
                "Open Settings & privacy, then Settings, then Business Integrations, on Facebook.",
                "Find PostLoudly. If it is not there, look under Apps and Websites.",
                "Choose Remove. This ends the access to all of your Pages at once.",
            ),
            checked_on="2026-11-22",
        ),
        day_zone="America/Los_Angeles",
        needed_scopes=("pages_show_list", "pages_read_engagement", "read_insights", "business_management"),
        publish_scopes=("pages_manage_posts",),
        part_scopes={
            Part.PROFILE: frozenset({"pages_read_engagement"}),
            Part.INSIGHTS: frozenset({"pages_read_engagement", "read_insights"}),
            Part.POSTS: frozenset({"pages_read_engagement"}),
        },
        grant_ends=True,
        own_tokens=True,
    ),
    "threads": Facts(
        slug="threads",
        name="Threads",
        connect="oauth",
        metrics=frozenset({"clicks", "comments", "followers", "likes", "shares", "views"}),
        revokes="nothing",
        revocation=RevocationHelp(
            url="https://www.threads.com/settings/website_permissions",
            steps=(
                "Open Settings, then Website permissions, on Threads.",
                "Under Active, find PostLoudly.",
                "Choose Remove.",
            ),
            checked_on="2026-11-22",
        ),
        day_zone="America/Los_Angeles",
        needed_scopes=("threads_basic", "threads_manage_insights"),
        publish_scopes=("threads_content_publish",),
        part_scopes={
            Part.PROFILE: frozenset({"threads_basic"}),
            Part.INSIGHTS: frozenset({"threads_basic", "threads_manage_insights"}),
            Part.POSTS: frozenset({"threads_basic"}),
        },
        refresh_before=timedelta(seconds=4320000),
    ),
    "pinterest": Facts(
        slug="pinterest",
        name="Pinterest",
        connect="oauth",
        metrics=frozenset({"clicks", "comments", "followers", "impressions", "likes", "saves", "views"}),
        revokes="nothing",
        revocation=RevocationHelp(
            url="https://www.pinterest.com/settings/security",
            steps=(
                "Open Settings, then Security, on Pinterest.",
                "Find PostLoudly among the connected apps.",
                "Choose Remove access.",
            ),
            checked_on="2026-11-22",
        ),
        needed_scopes=("user_accounts:read", "pins:read", "boards:read"),
        publish_scopes=("pins:write", "boards:write"),
        part_scopes={
            Part.PROFILE: frozenset({"user_accounts:read"}),
            Part.INSIGHTS: frozenset({"user_accounts:read"}),
            Part.POSTS: frozenset({"boards:read", "pins:read"}),
        },
    ),
    "linkedin": Facts(
        slug="linkedin",
        name="LinkedIn",
        connect="oauth",
        metrics=frozenset(
            {"clicks", "comments", "followers", "impressions", "likes", "reach", "saves", "shares", "views"}
        ),
        revokes="nothing",
        revocation=RevocationHelp(
            url="https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services",
            steps=(
                "Open Settings & Privacy, then Data privacy, on LinkedIn.",
                "Open Permitted services under Other applications, and find PostLoudly.",
                "Choose Remove.",
            ),
            checked_on="2026-11-22",
        ),
        needed_scopes=(
            "r_basicprofile",
            "rw_organization_admin",
            "r_organization_social",
            "r_member_profileAnalytics",
            "r_member_postAnalytics",
        ),
        publish_scopes=("w_organization_social", "w_member_social"),
        part_scopes={
            Part.PROFILE: frozenset({"r_basicprofile"}),
            Part.INSIGHTS: frozenset({"rw_organization_admin"}),
            Part.POSTS: frozenset({"r_organization_social", "rw_organization_admin"}),
        },
        grant_ends=True,
        rotates=False,
        backfill_posts=200,
        newest_first=False,
        keeps=Keeping(posts=180, days=365),
        page_ids="urn:li:organization:",
    ),
    "x": Facts(
        slug="x",
        name="X",
        connect="oauth",
        metrics=frozenset({"clicks", "comments", "followers", "impressions", "likes", "saves", "shares", "views"}),
        revokes="token",
        revocation=RevocationHelp(
            url="https://x.com/settings/connected_apps",
            steps=(
                "Open More, then Settings and privacy, then Security and account access, on X.",
                "Open Apps and sessions, then Connected apps, and choose PostLoudly.",
                "Choose Revoke app permissions.",
            ),
            checked_on="2026-11-22",
        ),
        needed_scopes=("tweet.read", "users.read", "offline.access"),
        publish_scopes=("tweet.write", "media.write"),
        part_scopes={
            Part.PROFILE: frozenset({"tweet.read", "users.read"}),
            Part.POSTS: frozenset({"tweet.read", "users.read"}),
        },
        backfill_posts=100,
        revisit_days=30,
    ),
    "tiktok": Facts(
        slug="tiktok",
        name="TikTok",
        connect="oauth",
        metrics=frozenset({"comments", "followers", "likes", "shares", "views"}),
        revokes="person",
        revocation=RevocationHelp(
            url="https://support.tiktok.com/en/safety-hc/account-and-user-safety/connect-to-third-party-apps",
            steps=(
                "Open your profile in the TikTok app, then the menu, then Settings and privacy.",
                "Open Security & permissions, then Apps and services permissions.",
                "Choose PostLoudly, then Remove access.",
            ),
            checked_on="2026-11-22",
        ),
        needed_scopes=("user.info.basic", "user.info.profile", "user.info.stats", "video.list"),
        publish_scopes=("video.publish", "video.upload"),
        part_scopes={Part.PROFILE: frozenset({"user.info.basic"}), Part.POSTS: frozenset({"video.list"})},
        grant_ends=True,
        backfill_posts=2000,
    ),
    "youtube": Facts(
        slug="youtube",
        name="YouTube",
        connect="oauth",
        metrics=frozenset({"clicks", "comments", "followers", "impressions", "likes", "saves", "shares", "views"}),
        revokes="person",
        revocation=RevocationHelp(
            url="https://myaccount.google.com/connections",
            steps=(
                "Open your Google Account, then Security, then Your connections to third-party apps & services.",
                "Choose See all connections, then PostLoudly.",
                "Choose Delete all connections you have with PostLoudly, then Confirm.",
            ),
            checked_on="2026-11-22",
        ),
        day_zone="America/Los_Angeles",
        needed_scopes=(
            "openid",
            "https://www.googleapis.com/auth/youtube.readonly",
            "https://www.googleapis.com/auth/yt-analytics.readonly",
        ),
        publish_scopes=("https://www.googleapis.com/auth/youtube.upload",),
        part_scopes={
            Part.PROFILE: frozenset({"https://www.googleapis.com/auth/youtube.readonly"}),
            Part.INSIGHTS: frozenset(
                {
                    "https://www.googleapis.com/auth/youtube.readonly",
                    "https://www.googleapis.com/auth/yt-analytics.readonly",
                }
            ),
            Part.POSTS: frozenset({"https://www.googleapis.com/auth/youtube.readonly"}),
        },
        grant_ends=True,
        rotates=False,
        backfill_posts=2500,
        keeps=Keeping(posts=30),
    ),
    "bluesky": Facts(
        slug="bluesky",
        name="Bluesky",
        connect="app_password",
        metrics=frozenset({"comments", "followers", "likes", "saves", "shares"}),
        revokes="token",
        revocation=RevocationHelp(
            url="https://bsky.app/settings/app-passwords",
            steps=(
                "Open Settings, then Privacy and security, then App passwords, on Bluesky.",
                "Find the app password that was made for PostLoudly.",
                "Choose the bin beside it.",
            ),
            checked_on="2026-11-22",
        ),
        needs_app=False,
    ),
    "mastodon": Facts(
        slug="mastodon",
        name="Mastodon",
        connect="instance_oauth",
        metrics=frozenset({"comments", "followers", "likes", "shares"}),
        revokes="person",
        revocation=RevocationHelp(
            url="https://docs.joinmastodon.org/user/preferences/",
            steps=(
                "Open your own server and go to Preferences, then Account, then Authorized applications.",
                "Find PostLoudly in the list.",
                "Choose Revoke beside it.",
            ),
            checked_on="2026-11-22",
            instance_path="/oauth/authorized_applications",
        ),
        needs_app=False,
        needed_scopes=("read:accounts", "read:statuses"),
        publish_scopes=("write:statuses", "write:media"),
        part_scopes={Part.PROFILE: frozenset({"read:accounts"}), Part.POSTS: frozenset({"read:statuses"})},
        grant_ends=True,
        backfill_posts=4000,
    ),
}
