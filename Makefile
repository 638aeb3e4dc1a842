# segurifai. `make` lists the targets; each calls one script of tools/, which also runs by itself.
.NOTPARALLEL:
.PHONY: help install build run test prove bench check fuzz format clean

help:
	@echo 'make run      install what is missing, build, and serve on 127.0.0.1:8000, with the data in var/'
	@echo 'make test     install what is missing, build, and run every test'
	@echo 'make build    install what is missing and build'
	@echo 'make prove    run the long proofs, which make test runs in short'
	@echo 'make bench    measure every speed claim beside its limit (bench/results.md)'
	@echo 'make check    format, architecture and lint'
	@echo 'make fuzz     fuzz every reader of what comes from outside, a minute each'
	@echo 'make format   format the code'
	@echo 'make clean    remove build/ (var/, the data, stays)'

install:
	@tools/install-packages

build: install
	@tools/build release

run: install
	@tools/build release segurifai
	@tools/run

test: install
	@tools/test release

prove: install
	@tools/prove

bench: install
	@tools/build release
	@tools/bench

check: install
	@tools/check-format
	@tools/check-architecture
	@tools/check-lint

fuzz: install
	@tools/fuzz 60

format: install
	@tools/check-format --write

clean:
	@rm -rf build
