import pytest

from house import House


@pytest.fixture
def houses(request):
    """Makes houses; clears them away, and shows the daemon's log of a test that failed."""
    made = []

    def make(**parts):
        made.append(House(**parts))
        return made[-1]

    yield make
    for h in made:
        if getattr(request.node, "failed", False):
            print(h.log()[-4000:])
        h.close()


@pytest.fixture
def house(houses):
    return houses().start()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call" and outcome.get_result().failed:
        item.failed = True
