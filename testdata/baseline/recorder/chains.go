package main

import (
	"fmt"
	"strconv"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	jwtv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"
	httprbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	echov3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Headers between the recorder and its Envoy.
const (
	headerRoute      = "x-recorder-route"       // which route a request took
	headerChoice     = "x-recorder-choice"      // which of the weighted clusters it takes
	headerServerName = "x-recorder-server-name" // the server name of the connection
	headerEcho       = "x-recorder-echo"        // the request as it arrived
)

// chain is a filter chain of istiod's, changed so that an Envoy that stands alone can run it: what decides and routes is
// left as it is, identities come from outside, and every cluster is an echo.
type chain struct {
	filters []*listenerv3.Filter
	routes  []*routev3.Route // as istiod wrote them, by the number that headerRoute shows; nil for TCP
	socket  string           // where the Envoy listens for it
	ignored string           // a filter that decides and is not judged here
}

// interned keeps one chain of all that are equal.
type interned struct {
	byContent map[string]*chain
	all       []*chain
}

func newInterned() *interned { return &interned{byContent: map[string]*chain{}} }

func (m *mesh) chains() []*chain { return m.interned.all }

// chain changes filters for an Envoy that stands alone; a chain for TCP comes with where it leads.
func (i *interned) chain(filters []*listenerv3.Filter, tables map[string]*routev3.RouteConfiguration, via transport) (*chain, *tcpv3.TcpProxy) {
	manager, tcp := ending(filters)
	table := manager.GetRouteConfig()
	if table == nil {
		table = tables[manager.GetRds().GetRouteConfigName()]
	}
	content := string(via)
	for _, filter := range filters {
		content += string(deterministic(filter))
	}
	content += string(deterministic(table))
	if known := i.byContent[content]; known != nil {
		return known, tcp
	}
	one := &chain{}
	one.filters = append(one.filters, identityFilter())
	if manager != nil {
		one.filters = append(one.filters, packed("http", one.manager(manager, table, via)))
	} else {
		for _, filter := range filters {
			one.keepNetworkFilter(filter, via)
		}
		one.filters = append(one.filters, packed("echo", &echov3.Echo{}))
	}
	i.byContent[content] = one
	i.all = append(i.all, one)
	return one, tcp
}

func deterministic(message proto.Message) []byte {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		panic(err)
	}
	return content
}

func packed(name string, message proto.Message) *listenerv3.Filter {
	return &listenerv3.Filter{Name: name, ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: pack(message)}}
}

func pack(message proto.Message) *anypb.Any {
	content, err := anypb.New(message)
	if err != nil {
		panic(err)
	}
	return content
}

func (c *chain) keepNetworkFilter(filter *listenerv3.Filter, via transport) {
	rbac := &rbacv3.RBAC{}
	switch config := filter.GetTypedConfig(); {
	case config.MessageIs(rbac) && config.UnmarshalTo(rbac) == nil:
		rbac.ShadowRules = nil
		rewriteRules(rbac.Rules, false, via)
		c.filters = append(c.filters, packed(filter.Name, rbac))
	case strings.Contains(config.GetTypeUrl(), "ext_authz"):
		c.ignored = filter.Name
	}
}

// manager is istiod's connection manager with the filters that decide.
func (c *chain) manager(from *hcmv3.HttpConnectionManager, table *routev3.RouteConfiguration, via transport) *hcmv3.HttpConnectionManager {
	one := &hcmv3.HttpConnectionManager{
		StatPrefix: "recorder", CodecType: hcmv3.HttpConnectionManager_HTTP1,
		NormalizePath: from.NormalizePath, MergeSlashes: from.MergeSlashes,
		PathWithEscapedSlashesAction: from.PathWithEscapedSlashesAction,
		UseRemoteAddress:             from.UseRemoteAddress, XffNumTrustedHops: from.XffNumTrustedHops,
		SkipXffAppend: from.SkipXffAppend, StripPortMode: from.StripPortMode, StripTrailingHostDot: from.StripTrailingHostDot,
		RouteSpecifier: &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: c.table(table)},
	}
	if via == viaMutualTLS {
		// The entry for the client's certificate is written by the recorder.
		one.ForwardClientCertDetails = hcmv3.HttpConnectionManager_ALWAYS_FORWARD_ONLY
	}
	for _, filter := range from.HttpFilters {
		c.keepHTTPFilter(one, filter, via)
	}
	router := &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(&routerv3.Router{SuppressEnvoyHeaders: true})}
	one.HttpFilters = append(one.HttpFilters, &hcmv3.HttpFilter{Name: "router", ConfigType: router})
	return one
}

func (c *chain) keepHTTPFilter(manager *hcmv3.HttpConnectionManager, filter *hcmv3.HttpFilter, via transport) {
	rbac, jwt := &httprbacv3.RBAC{}, &jwtv3.JwtAuthentication{}
	switch config := filter.GetTypedConfig(); {
	case config.MessageIs(rbac) && config.UnmarshalTo(rbac) == nil:
		rbac.ShadowRules = nil
		rewriteRules(rbac.Rules, true, via)
		filter = &hcmv3.HttpFilter{Name: filter.Name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(rbac)}}
	case config.MessageIs(jwt):
	case strings.Contains(config.GetTypeUrl(), "ext_authz"), strings.Contains(config.GetTypeUrl(), ".lua."), strings.Contains(config.GetTypeUrl(), ".wasm."):
		c.ignored = filter.Name
		return
	default:
		return // telemetry, and what only shapes the traffic
	}
	manager.HttpFilters = append(manager.HttpFilters, filter)
}

// table is istiod's route table with an echo for every cluster. Each route shows its number in the response.
func (c *chain) table(from *routev3.RouteConfiguration) *routev3.RouteConfiguration {
	c.routes = []*routev3.Route{}
	if from == nil {
		return &routev3.RouteConfiguration{Name: "routes"}
	}
	one := proto.CloneOf(from)
	one.ValidateClusters, one.Vhds, one.RequestMirrorPolicies, one.TypedPerFilterConfig = nil, nil, nil, nil
	for _, host := range one.VirtualHosts {
		host.RetryPolicy, host.RateLimits, host.RequestMirrorPolicies, host.TypedPerFilterConfig = nil, nil, nil, nil
		for _, route := range host.Routes {
			original := proto.CloneOf(route)
			route.Metadata, route.Decorator, route.Tracing, route.TypedPerFilterConfig = nil, nil, nil, nil
			route.ResponseHeadersToAdd = append(route.ResponseHeadersToAdd, &corev3.HeaderValueOption{
				Header:       &corev3.HeaderValue{Key: headerRoute, Value: strconv.Itoa(len(c.routes))},
				AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
			})
			if action := route.GetRoute(); action != nil {
				toEcho(action)
			}
			c.routes = append(c.routes, original)
		}
	}
	return one
}

func toEcho(action *routev3.RouteAction) {
	action.Timeout = durationpb.New(answerLimit)
	action.RetryPolicy, action.RequestMirrorPolicies, action.HashPolicy = nil, nil, nil
	action.MaxStreamDuration, action.MetadataMatch, action.InternalRedirectPolicy = nil, nil, nil
	action.RateLimits, action.UpgradeConfigs = nil, nil
	weighted := action.GetWeightedClusters()
	if weighted == nil {
		action.ClusterSpecifier = &routev3.RouteAction_Cluster{Cluster: echoCluster}
		return
	}
	for _, one := range weighted.Clusters {
		one.Name, one.TypedPerFilterConfig, one.MetadataMatch = echoCluster, nil, nil
		one.Weight = wrapped(1)
	}
	weighted.TotalWeight = nil
	weighted.RandomValueSpecifier = &routev3.WeightedCluster_HeaderName{HeaderName: headerChoice}
}

// choice is one of the clusters of a route.
type choice struct {
	cluster string
	weight  uint32
}

func choices(action *routev3.RouteAction) ([]choice, error) {
	if weighted := action.GetWeightedClusters(); weighted != nil {
		var all []choice
		for _, one := range weighted.Clusters {
			all = append(all, choice{one.Name, one.GetWeight().GetValue()})
		}
		return all, nil
	}
	if action.GetCluster() == "" {
		return nil, fmt.Errorf("a route without a cluster is not judged")
	}
	return []choice{{action.GetCluster(), 1}}, nil
}
