"""What browsers may do with an answer, the names that a server answers to, and the link that signs in."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from datasette import hookimpl
from datasette.plugins import pm
from datasette.utils import PrefixedUrlString
from datasette.utils.asgi import Response

from datasette_panoptic.cli.serve import own_hosts
from datasette_panoptic.web.http.hosts import is_own, name_of
from datasette_panoptic.web.http.security import NO_PAGE, Skeleton, digest, guard, policy_of
from datasette_panoptic.web.routes import ROUTES
from tests.access_matrix import MATRIX
from tests.annotated import annotate
from tests.serving import GRANTS, NASTY, OWNER, fill_sample, serving, sha1_of

BASE = "/project/-/panoptic"
RUNNER = {"panoptic-run": {"id": "root"}}


def parts(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}


def scripts_of(html: str) -> list[str]:
    """Return the texts of scripts in a page that would run; JSON does not."""
    found = Skeleton(re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL))
    return found.scripts


@pytest.mark.asyncio
async def test_every_answer_tells_browsers_what_it_is(project):
    fill_sample(project.conn)
    async with serving(project.path, config={"permissions": GRANTS | RUNNER}) as datasette:
        for route in ROUTES:
            if route.method != "GET":
                continue
            path = (MATRIX.get(f"GET {route.path}") or MATRIX[route.path])[0]
            address = BASE + path.format(sha1=sha1_of(project.conn, 1))
            for actor in (OWNER, None):
                response = await datasette.client.get(address, actor=actor)
                headers, type_ = response.headers, response.headers["content-type"]
                assert headers["x-content-type-options"] == "nosniff", address
                if route.is_immutable and response.status_code == 200:
                    continue
                policy = parts(headers["content-security-policy"])
                assert policy["default-src"] == ["'none'"], address
                if not type_.startswith("text/html"):
                    continue
                assert headers["x-frame-options"] == "SAMEORIGIN"
                assert policy["frame-ancestors"] == policy["form-action"] == policy["connect-src"] == ["'self'"]
                assert policy["base-uri"] == ["'none'"]
                assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & set(policy["script-src"])
                assert policy["style-src"] == ["'self'"]
                allowed = {f"'{digest(script)}'" for script in scripts_of(response.text)}
                assert allowed, "Datasette's pages have a script in them"
                assert allowed <= set(policy["script-src"]), address


@pytest.mark.asyncio
async def test_pages_of_rows_and_of_errors_are_guarded_too(project):
    fill_sample(project.conn)
    async with serving(project.path) as datasette:
        for address, status in (("/project/images.panoptic", 200), (f"{BASE}/image/999", 404), (f"{BASE}?_x=1", 400)):
            response = await datasette.client.get(address)
            assert response.status_code == status
            policy = parts(response.headers["content-security-policy"])
            assert {f"'{digest(script)}'" for script in scripts_of(response.text)} <= set(policy["script-src"])
            assert response.headers["x-content-type-options"] == "nosniff"
        written = (await datasette.client.get("/project/images.json")).headers
        assert "content-security-policy" not in written  # what is not ours is as Datasette has it


class Additions:
    """A plugin with a script in each page, and with files on another server."""

    @hookimpl
    def extra_body_script(self):
        return "window.added = 'é';\r\nif (1 < 2) { added += '</p>' }"

    @hookimpl
    def extra_js_urls(self):
        return ["https://cdn.example.org/a/b.js?v=1", "/-/static/own.js", "//other.example.org:8080/c;d.js"]

    @hookimpl
    def extra_css_urls(self):
        return [{"url": "https://cdn.example.org/a.css", "sri": "sha384-x"}]


@pytest.mark.asyncio
async def test_what_plugins_add_to_pages_runs(project):
    fill_sample(project.conn)
    additions = Additions()
    pm.register(additions, "additions")
    try:
        async with serving(project.path) as datasette:
            response = await datasette.client.get(BASE)
    finally:
        pm.unregister(additions)
    policy = parts(response.headers["content-security-policy"])
    added = next(script for script in scripts_of(response.text) if "window.added" in script)
    assert f"'{digest(added)}'" in policy["script-src"]
    assert digest(added) == digest(added.replace("\r\n", "\n"))  # as a browser reads it
    assert {"https://cdn.example.org/a/b.js", "https://other.example.org:8080/c%3Bd.js"} < set(policy["script-src"])
    assert policy["style-src"] == ["'self'", "https://cdn.example.org/a.css"]


@pytest.mark.asyncio
async def test_a_script_that_a_text_brings_in_is_in_no_policy(project):
    """Templates escape it. If one forgot to, it would not run either."""
    fill_sample(project.conn)
    async with serving(project.path) as datasette:
        policy = (await datasette.client.get(BASE)).headers["content-security-policy"]
    injected = Skeleton(f"<p>{NASTY}</p>").scripts
    assert injected == ["alert(1)"]
    assert not any(digest(script) in policy for script in injected)
    assert "'unsafe-inline'" not in parts(policy)["script-src"]


def test_a_policy_is_of_what_an_empty_page_has():
    page = """<script>one("&amp;")</script><script src="https://a.b/c.js"></script><script src="/d.js"></script>
        <link rel="stylesheet" href="https://a.b/e.css"><link rel="icon" href="https://a.b/f.ico">"""
    policy = parts(policy_of(Skeleton(page)))
    # What `openssl dgst -sha256 -binary | base64` says of the text.
    assert policy["script-src"] == [
        "'self'",
        f"'{digest('one(' + chr(34) + '&amp;' + chr(34) + ')')}'",
        "https://a.b/c.js",
    ]
    assert digest("") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert policy["style-src"] == ["'self'", "https://a.b/e.css"]


def test_an_own_policy_stays():
    response = Response.text("x", headers={"content-security-policy": "sandbox"})
    guard(response)
    assert response.headers["content-security-policy"] == "sandbox"
    plain = Response.json({})
    guard(plain)
    assert plain.headers["content-security-policy"] == NO_PAGE


# The names that a server answers to

OWN = ["127.0.0.1", "127.0.0.1:8001", "localhost", "LOCALHOST:8001", "localhost.", "[::1]", "[::1]:8001", "10.0.0.7:80",
       "::1", "app.localhost:1", "photos.example.org", "Photos.Example.org:8001"]  # fmt: skip
FOREIGN = ["evil.example", "evil.example:1", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1:80:80", "",
           "photos.example.org.evil.example", "127.1", "0x7f000001", "notlocalhost", "[evil.example]:8001"]  # fmt: skip


@pytest.mark.parametrize("host", [*OWN, *FOREIGN])
def test_a_host_is_one_of_ours_or_not(host):
    assert is_own(host, ["photos.example.org"]) is (host in OWN)


def test_names_have_no_port():
    assert [name_of(host) for host in ("A.b:1", "a.b", "[::1]:1", "::1")] == ["a.b", "a.b", "::1", "::1"]


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/", f"{BASE}", f"{BASE}.json", "/project/images.json", "/-/static/app.css"])
async def test_another_host_is_refused_where_the_setting_names_some(project, path):
    fill_sample(project.conn)
    config = {"plugins": {"datasette-panoptic": {"hosts": ["photos.example.org"]}}}
    async with serving(project.path, config=config) as datasette:

        async def status(host: str) -> int:
            return (await datasette.client.get(path, headers={"host": host})).status_code

        assert [await status(host) for host in ("localhost", "photos.example.org:80")] == [200, 200]
        assert [await status(host) for host in ("evil.example", "localhost.evil.example")] == [421, 421]
        refused = await datasette.client.get(path, headers={"host": "evil.example", "accept-language": "fr"})
        assert "Ce serveur ne s" in refused.text
    async with serving(project.path) as datasette:
        assert (await datasette.client.get(path, headers={"host": "any.example"})).status_code == 200


def test_the_command_knows_the_host_that_it_is_given():
    assert own_hosts(("-h", "photos.lan", "--cors")) == ["photos.lan"]
    assert own_hosts(("--host=a.lan", "--host", "b.lan")) == ["b.lan", "a.lan"]
    assert own_hosts(()) == []


# The link that signs in


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action") and value]


@pytest.mark.asyncio
async def test_a_link_that_was_used_explains_itself(project):
    async with serving(project.path) as datasette:
        datasette._root_token = "once"
        first = await datasette.client.get("/-/auth-token?token=once")
        assert (first.status_code, first.headers["location"]) == (302, BASE)
        again = await datasette.client.get("/-/auth-token?token=once")
        assert (again.status_code, "signs in one browser, once" in again.text) == (403, True)
        assert "Ctrl C" in again.text
        french = await datasette.client.get("/-/auth-token?token=wrong", headers={"accept-language": "fr"})
        assert "Ce lien ne connecte qu" in french.text
        assert "frame-ancestors 'self'" in again.headers["content-security-policy"]
        signed_in = await datasette.client.get("/-/auth-token?token=once", actor=OWNER)
        assert (signed_in.status_code, signed_in.headers["location"]) == (302, BASE)


# Links behind a prefix


@pytest.mark.asyncio
@pytest.mark.parametrize("asked", ["", "/photos"], ids=["taken off by the proxy", "passed on"])
async def test_links_stay_behind_the_prefix(project, asked):
    annotate(project.conn)
    pages = [
        route.path for route in ROUTES if route.answers == "page" and route.method == "GET" and "(" not in route.path
    ]
    addresses = [f"{BASE}{path}" for path in (*pages, "/image/1?note=fine", "/image/9", "/tags/4?tag=1")]
    addresses += ["/project/images.panoptic?_size=1", "/project/-/query.panoptic?sql=select+1+as+image_id"]
    seen = 0
    async with serving(
        project.path, settings={"base_url": "/photos/"}, config={"permissions": GRANTS | RUNNER}
    ) as datasette:
        for address in addresses:
            url = PrefixedUrlString(f"http://localhost{asked}{address}")  # which the client leaves as it is
            response = await datasette.client.get(url, actor=OWNER)
            assert response.status_code in (200, 404), address
            for link in Links(response.text).found:
                seen += 1
                assert not link.startswith("/") or link.startswith("/photos/"), (address, link)
                assert not link.startswith("/photos/photos/"), (address, link)
    assert seen > 400
