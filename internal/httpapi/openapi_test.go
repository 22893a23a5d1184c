package httpapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"duijie/internal/httpapi/memgateway"
	"duijie/internal/metrics"
)

var pathParameter = regexp.MustCompile(`:[a-z]+|\*`)

// described gives "METHOD /path" of every call in the description, parameters' names left out.
func described(t *testing.T) []string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(openapiYAML, &doc); err != nil {
		t.Fatal(err)
	}
	var out []string
	braces := regexp.MustCompile(`\{[a-z]+\}`)
	for path, calls := range doc.Paths {
		for method := range calls {
			if method != "parameters" {
				out = append(out, strings.ToUpper(method)+" "+braces.ReplaceAllString(path, "{}"))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestDescriptionHasEveryCallAndNoOther(t *testing.T) {
	s, err := New(Config{Listen: "127.0.0.1:0", Gateway: memgateway.New(), Metrics: metrics.New("", "")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var served []string
	for _, r := range append(s.publicRoutes(nil).Routes(), s.adminRoutes().Routes()...) {
		if r.Method != http.MethodHead {
			served = append(served, r.Method+" "+pathParameter.ReplaceAllString(r.Path, "{}"))
		}
	}
	slices.Sort(served)
	served = slices.Compact(served)
	for _, call := range described(t) {
		if !slices.Contains(served, call) {
			t.Errorf("described, but not served: %s", call)
		}
	}
	for _, call := range served {
		if !slices.Contains(described(t), call) {
			t.Errorf("served, but not described: %s", call)
		}
	}
}

var reference = regexp.MustCompile(`"#/components/([a-zA-Z]+)/([A-Za-z]+)"`)

func TestEveryReferenceOfTheDescriptionExists(t *testing.T) {
	var doc struct {
		Components map[string]map[string]any `yaml:"components"`
	}
	if err := yaml.Unmarshal(openapiYAML, &doc); err != nil {
		t.Fatal(err)
	}
	for _, m := range reference.FindAllStringSubmatch(string(openapiYAML), -1) {
		if _, ok := doc.Components[m[1]][m[2]]; !ok {
			t.Errorf("no such component: %s/%s", m[1], m[2])
		}
	}
}
