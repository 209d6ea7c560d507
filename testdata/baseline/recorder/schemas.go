package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// schemas are those of the newest releases in rules/crds. istiod needs what the API server fills in: an HTTPRoute rule
// without a path crashes it.
type schemas struct {
	folder string
	files  map[schema.GroupVersionKind]string
	built  map[string]*structuralschema.Structural
}

func readSchemas(folder string) (*schemas, error) {
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		return nil, err
	}
	var releases []struct {
		Product, Channel string
		Kinds            []struct {
			Group, Kind string
			Versions    []struct {
				Name   string
				Served bool
				Schema string
			}
		}
	}
	if err := json.Unmarshal(text, &releases); err != nil {
		return nil, err
	}
	s := &schemas{folder, map[schema.GroupVersionKind]string{}, map[string]*structuralschema.Structural{}}
	for _, release := range releases { // a later release overwrites an earlier one
		for _, kind := range release.Kinds {
			for _, version := range kind.Versions {
				if version.Served && release.Product != "kubernetes" {
					s.files[schema.GroupVersionKind{Group: kind.Group, Version: version.Name, Kind: kind.Kind}] = version.Schema
				}
			}
		}
	}
	return s, nil
}

// know says whether the API server serves a kind.
func (s *schemas) know(kind schema.GroupVersionKind) bool { return s.files[kind] != "" }

// complete drops from a custom resource what its schema does not know, and adds the defaults.
func (s *schemas) complete(object map[string]any, kind schema.GroupVersionKind) error {
	structural, err := s.structural(s.files[kind])
	if err != nil {
		return err
	}
	metadata := object["metadata"]
	delete(object, "metadata")
	delete(object, "status")
	structuralpruning.Prune(object, structural, true)
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(object, structural)
	structuraldefaulting.Default(object, structural)
	object["metadata"] = metadata
	return nil
}

func (s *schemas) structural(file string) (*structuralschema.Structural, error) {
	if built := s.built[file]; built != nil {
		return built, nil
	}
	text, err := os.ReadFile(filepath.Join(s.folder, "schemas", file+".json"))
	if err != nil {
		return nil, err
	}
	var written apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&written, &internal, nil); err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(&internal)
	s.built[file] = structural
	return structural, err
}
