package main

import "testing"

import "duijie/internal/sim"

func holdCoverage(t *testing.T, kinds []sim.LocalKind, flows map[string]*goldenFlow) {}
