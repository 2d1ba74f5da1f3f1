# Short names for what is done often. CI calls ./test.

# what there is
default:
    @just --list

# everything that CI checks
test:
    ./test

# all but the broker
quick:
    ./test --quick

# a broker, a worker, the samples
demo *FLAGS:
    ./demo {{FLAGS}}

# formats the code
fmt:
    cargo fmt --all

# lints as CI does
lint:
    cargo clippy --all-targets --locked -- -D warnings

# writes the golden records anew
bless:
    NEWSMILL_BLESS=1 cargo test --locked --test golden

# what cleaning costs, on real pages (NEWSMILL_BENCH_PAGES) and on hostile ones
bench:
    cargo bench --locked --bench cleaning

# licences, sources and bans of dependencies
deny:
    cargo deny --locked check bans licenses sources

# alert rules and their tests
alerts:
    promtool check config deploy/prometheus/prometheus.yml
    promtool test rules deploy/prometheus/alerts_test.yml

# the image
image:
    docker build -f deploy/Dockerfile -t newsmill .
