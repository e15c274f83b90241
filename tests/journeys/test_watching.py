"""The journeys' own eyes: each must see what it is there for."""

import pytest

from tests.browser import Watch, assert_accessible

pytestmark = pytest.mark.journey


@pytest.fixture
def blank(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_axe_sees_a_picture_without_words(blank):
    blank.set_content("<html lang='zh-Hans'><title>页</title><main><img src='data:,'></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(blank)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (
            "<img src='http://127.0.0.1:9/picture.png'>",
            "request to another host: http://127.0.0.1:9/picture.png",
        ),
        ("<script>console.error('不好')</script>", "console: 不好"),
        ("<script>nothing.there()</script>", "script error: nothing is not defined"),
    ],
    ids=["outside request", "console error", "script error"],
)
def test_watch_sees(blank, content, seen):
    watch = Watch("localhost:8000")
    watch.follow(blank)
    blank.set_content(content)
    assert seen in watch.problems


def test_watch_sees_a_missing_part_but_not_a_refused_page(blank, live_server):
    watch = Watch(live_server.url.removeprefix("http://"))
    watch.follow(blank)
    blank.goto(f"{live_server.url}/no-such-page")
    assert watch.problems == []
    blank.evaluate("document.body.append(Object.assign(new Image(), {src: '/static/no-such-picture.png'}))")
    blank.wait_for_load_state("networkidle")
    assert watch.problems == [f"answered 404: {live_server.url}/static/no-such-picture.png"]
