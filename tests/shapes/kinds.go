package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

// Writes what the server says of its kinds: `kinds.json.gz` (discovery and types), `openapi.json.gz` (v3, each schema
// once), `swagger.json.gz` (v2), `inner.json.gz` (how the server's own types are laid out, which refusals quote).
func kinds(p *plane, folder string) error {
	discovery, err := discover(p)
	if err != nil {
		return err
	}
	schemas, documents, err := openapi(p)
	if err != nil {
		return err
	}
	types := map[string]any{}
	written := writing()
	for name, schema := range schemas {
		types[name] = compact(schema, written[name])
	}
	discovery["types"] = types
	if err := write(filepath.Join(folder, "kinds.json.gz"), discovery); err != nil {
		return err
	}
	all := map[string]any{"schemas": schemas, "documents": documents}
	if err := write(filepath.Join(folder, "openapi.json.gz"), all); err != nil {
		return err
	}
	laid, err := exec.Command(p.child.Path, "inner").Output()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(folder, "inner.json.gz"), json.RawMessage(laid)); err != nil {
		return err
	}
	v2, err := p.get("/openapi/v2", "application/json")
	if err != nil {
		return err
	}
	return write(filepath.Join(folder, "swagger.json.gz"), v2)
}

func discover(p *plane) (map[string]any, error) {
	found := map[string]any{}
	for name, path := range map[string]string{"version": "/version", "core": "/api", "groups": "/apis"} {
		value, err := p.get(path, "application/json")
		if err != nil {
			return nil, err
		}
		found[name] = value
	}
	for name, path := range map[string]string{"aggregated_core": "/api", "aggregated_groups": "/apis"} {
		value, err := p.get(path, aggregated)
		if err != nil {
			return nil, err
		}
		found[name] = value
	}
	resources := map[string]any{}
	core, err := p.get("/api/v1", "application/json")
	if err != nil {
		return nil, err
	}
	resources["v1"] = core
	for _, group := range found["groups"].(map[string]any)["groups"].([]any) {
		for _, version := range group.(map[string]any)["versions"].([]any) {
			name := version.(map[string]any)["groupVersion"].(string)
			if resources[name], err = p.get("/apis/"+name, "application/json"); err != nil {
				return nil, err
			}
		}
	}
	found["resources"] = resources
	return found, nil
}

func openapi(p *plane) (map[string]any, map[string]any, error) {
	index, err := p.get("/openapi/v3", "application/json")
	if err != nil {
		return nil, nil, err
	}
	schemas, documents := map[string]any{}, map[string]any{}
	for name, entry := range index.(map[string]any)["paths"].(map[string]any) {
		value, err := p.get(entry.(map[string]any)["serverRelativeURL"].(string), "application/json")
		if err != nil {
			return nil, nil, err
		}
		document := value.(map[string]any)
		names := []string{}
		if components, has := document["components"].(map[string]any); has {
			if own, has := components["schemas"].(map[string]any); has {
				for name, schema := range own {
					schemas[name] = schema
					names = append(names, name)
				}
				sort.Strings(names)
				components["schemas"] = names
			}
		}
		documents[name] = document
	}
	return schemas, documents, nil
}

// A schema without its prose; `x-go` says of each field how it is written when empty.
func compact(schema any, written map[string]string) any {
	bare := strip(schema).(map[string]any)
	if fields, has := bare["properties"].(map[string]any); has {
		for name, how := range written {
			if field, has := fields[name].(map[string]any); has {
				field["x-go"] = how
			}
		}
	}
	return bare
}

func strip(value any) any {
	switch value := value.(type) {
	case map[string]any:
		bare := map[string]any{}
		for key, inner := range value {
			if _, prose := inner.(string); prose && key == "description" || key == "x-kubernetes-unions" {
				continue
			}
			if all, is := inner.([]any); is && key == "allOf" && len(all) == 1 {
				bare["$ref"] = strings.TrimPrefix(all[0].(map[string]any)["$ref"].(string), "#/components/schemas/")
				continue
			}
			if text, is := inner.(string); is && key == "$ref" {
				inner = strings.TrimPrefix(text, "#/components/schemas/")
			}
			bare[key] = strip(inner)
		}
		return bare
	case []any:
		bare := make([]any, len(value))
		for i, inner := range value {
			bare[i] = strip(inner)
		}
		return bare
	}
	return value
}
