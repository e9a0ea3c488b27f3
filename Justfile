# Commands for people. `just` comes with `pip install -e '.[test]'`.

# What there is
_default:
    @just --list --unsorted

# Make a demo project if there is none, serve it, and rebuild the bundle as you edit
dev:
    npm ci --ignore-scripts --no-audit --no-fund
    datasette panoptic demo --no-serve
    npm run watch & trap "kill $!" EXIT; datasette serve panoptic-demo.db --root --reload

# What CI runs after the tests: linters, types, front end
check:
    ruff check .
    ruff format --check .
    mypy
    npm test

# pytest, with any of its arguments
test *arguments:
    python -m pytest {{ arguments }}

# Put code into shape
fmt:
    ruff check --fix .
    ruff format .

# Rewrite the generated pages of docs/
docs:
    python -m tests.docs

# Change one place of the code at a time and see whether a test notices
mutate *arguments:
    python -m tests.mutate {{ arguments }}

# Kill work at random moments and see that nothing is lost
kills *arguments:
    python -m tests.kills {{ arguments }}

# Send odd requests to every route
fuzz *arguments:
    python -m tests.fuzz {{ arguments }}

# Measure, and print the budgets beside the figures
bench *arguments:
    python -m tests.bench {{ arguments }}
