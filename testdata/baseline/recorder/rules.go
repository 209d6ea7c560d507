package main

import (
	xdsv3 "github.com/cncf/xds/go/xds/core/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	configv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	statev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	networkstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// What the PROXY header of a connection tells the Envoy beside its addresses.
const (
	tlvIdentity   = 0xE0
	tlvServerName = 0xE1
	tlvSource     = 0xE2
)

const (
	proxyMetadata = "envoy.filters.listener.proxy_protocol"
	stateIdentity = "io.istio.peer_principal"
	stateSource   = "recorder.source"
)

// identityFilter makes known who is at the other end, as mutual TLS and the tunnel would.
func identityFilter() *listenerv3.Filter {
	value := func(key, factory, name string) *statev3.FilterStateValue {
		return &statev3.FilterStateValue{
			Key: &statev3.FilterStateValue_ObjectKey{ObjectKey: key}, FactoryKey: factory, SkipIfEmpty: true,
			Value: &statev3.FilterStateValue_FormatString{FormatString: &corev3.SubstitutionFormatString{
				OmitEmptyValues: true,
				Format: &corev3.SubstitutionFormatString_TextFormatSource{TextFormatSource: &corev3.DataSource{
					Specifier: &corev3.DataSource_InlineString{InlineString: "%DYNAMIC_METADATA(" + proxyMetadata + ":" + name + ")%"},
				}},
			}},
		}
	}
	return packed("identity", &networkstatev3.Config{OnNewConnection: []*statev3.FilterStateValue{
		value(stateIdentity, "envoy.hashable_string", "identity"),
		value(stateSource, "envoy.network.ip", "source"),
	}})
}

// rewriteRules makes rules look at what identityFilter says instead of at a certificate and a socket. Behind a tunnel the
// socket is Envoy's own and has no address: nothing is said there, so no block fits.
func rewriteRules(rules *configv3.RBAC, http bool, via transport) {
	for _, policy := range rules.GetPolicies() {
		for _, principal := range policy.Principals {
			rewritePrincipal(principal)
		}
		for _, permission := range policy.Permissions {
			rewritePermission(permission, http)
		}
	}
}

func rewritePrincipal(one *configv3.Principal) {
	switch kind := one.Identifier.(type) {
	case *configv3.Principal_AndIds:
		for _, inner := range kind.AndIds.Ids {
			rewritePrincipal(inner)
		}
	case *configv3.Principal_OrIds:
		for _, inner := range kind.OrIds.Ids {
			rewritePrincipal(inner)
		}
	case *configv3.Principal_NotId:
		rewritePrincipal(kind.NotId)
	case *configv3.Principal_Authenticated_:
		name := kind.Authenticated.PrincipalName
		if name == nil {
			name = &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Prefix{Prefix: "spiffe://"}}
		}
		one.Identifier = &configv3.Principal_FilterState{FilterState: &matcherv3.FilterStateMatcher{
			Key: stateIdentity, Matcher: &matcherv3.FilterStateMatcher_StringMatch{StringMatch: name},
		}}
	case *configv3.Principal_DirectRemoteIp:
		one.Identifier = &configv3.Principal_FilterState{FilterState: &matcherv3.FilterStateMatcher{
			Key: stateSource,
			Matcher: &matcherv3.FilterStateMatcher_AddressMatch{AddressMatch: &matcherv3.AddressMatcher{
				Ranges: []*xdsv3.CidrRange{{
					AddressPrefix: kind.DirectRemoteIp.AddressPrefix, PrefixLen: kind.DirectRemoteIp.PrefixLen,
				}},
			}},
		}}
	}
}

func rewritePermission(one *configv3.Permission, http bool) {
	switch kind := one.Rule.(type) {
	case *configv3.Permission_AndRules:
		for _, inner := range kind.AndRules.Rules {
			rewritePermission(inner, http)
		}
	case *configv3.Permission_OrRules:
		for _, inner := range kind.OrRules.Rules {
			rewritePermission(inner, http)
		}
	case *configv3.Permission_NotRule:
		rewritePermission(kind.NotRule, http)
	case *configv3.Permission_RequestedServerName:
		if http {
			one.Rule = &configv3.Permission_Header{Header: &routev3.HeaderMatcher{
				Name: headerServerName, TreatMissingHeaderAsEmpty: true,
				HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: kind.RequestedServerName},
			}}
			return
		}
		one.Rule = &configv3.Permission_Metadata{Metadata: &matcherv3.MetadataMatcher{
			Filter: proxyMetadata,
			Path:   []*matcherv3.MetadataMatcher_PathSegment{{Segment: &matcherv3.MetadataMatcher_PathSegment_Key{Key: "server-name"}}},
			Value:  &matcherv3.ValueMatcher{MatchPattern: &matcherv3.ValueMatcher_StringMatch{StringMatch: kind.RequestedServerName}},
		}}
	}
}

func wrapped(number uint32) *wrapperspb.UInt32Value { return wrapperspb.UInt32(number) }
