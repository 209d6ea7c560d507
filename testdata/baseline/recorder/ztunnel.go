package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"istio.io/istio/pkg/workloadapi/security"
)

// connection is what ztunnel sees.
type connection struct {
	identity string // spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT, or empty
	source   netip.Addr
	local    netip.AddrPort
}

// admits are ztunnel's rules (istio/ztunnel src/state.rs assert_rbac and src/rbac.rs): any DENY that matches refuses;
// then one ALLOW must match, if there is any.
func (m *mesh) admits(p *pod, c connection) bool {
	names := m.workloads[p.key()].GetAuthorizationPolicies()
	if c.identity != "" && !strings.HasPrefix(c.identity, "spiffe://"+m.domain+"/") {
		return false // the tunnel's certificate is not trusted
	}
	guarded, allowed := false, false
	for _, policy := range m.policies {
		applies := policy.Scope == security.Scope_GLOBAL ||
			policy.Scope == security.Scope_NAMESPACE && policy.Namespace == p.Namespace ||
			slices.Contains(names, policy.Namespace+"/"+policy.Name)
		if !applies || policy.DryRun {
			continue
		}
		fits := fitsPolicy(policy, c)
		if policy.Action == security.Action_DENY && fits {
			return false
		}
		if policy.Action == security.Action_ALLOW {
			guarded, allowed = true, allowed || fits
		}
	}
	return allowed || !guarded
}

func fitsPolicy(policy *security.Authorization, c connection) bool {
	for _, group := range policy.Groups {
		fits := true
		for _, rules := range group.Rules {
			fits = fits && (len(rules.Matches) == 0 || slices.ContainsFunc(rules.Matches, c.fits))
		}
		if fits {
			return true
		}
	}
	return false
}

// fits says whether all fields of a match hold. A match without a field fits nothing.
func (c connection) fits(match *security.Match) bool {
	namespace, account := c.parts()
	principal := strings.TrimPrefix(c.identity, "spiffe://")
	inRange := func(address netip.Addr) func(*security.Address) bool {
		return func(block *security.Address) bool {
			from, ok := netip.AddrFromSlice(block.Address)
			return ok && netip.PrefixFrom(from, int(block.Length)).Contains(address)
		}
	}
	isPort := func(port uint32) bool { return port == uint32(c.local.Port()) }
	isAccount := func(one *security.ServiceAccountMatch) bool {
		return one.Namespace == namespace && one.ServiceAccount == account && account != ""
	}
	isPrincipal := func(one *security.StringMatch) bool { return principal != "" && fitsText(one, principal) }
	isNamespace := func(one *security.StringMatch) bool { return fitsText(one, namespace) }
	fields := []field{
		holds(match.DestinationIps, match.NotDestinationIps, inRange(c.local.Addr())),
		holds(match.SourceIps, match.NotSourceIps, inRange(c.source)),
		holds(match.DestinationPorts, match.NotDestinationPorts, isPort),
		holds(match.ServiceAccounts, match.NotServiceAccounts, isAccount),
		holds(match.Principals, match.NotPrincipals, isPrincipal),
		holds(match.Namespaces, match.NotNamespaces, isNamespace),
	}
	set := slices.ContainsFunc(fields, func(one field) bool { return one.set })
	return set && !slices.ContainsFunc(fields, func(one field) bool { return !one.holds })
}

// field is what one field of a match and its negation say.
type field struct{ set, holds bool }

func holds[T any](wanted, unwanted []T, fits func(T) bool) field {
	return field{
		set:   len(wanted)+len(unwanted) > 0,
		holds: (len(wanted) == 0 || slices.ContainsFunc(wanted, fits)) && !slices.ContainsFunc(unwanted, fits),
	}
}

func (c connection) parts() (namespace, account string) {
	_, path, _ := strings.Cut(strings.TrimPrefix(c.identity, "spiffe://"), "/ns/")
	namespace, account, _ = strings.Cut(path, "/sa/")
	return namespace, account
}

func fitsText(match *security.StringMatch, text string) bool {
	switch kind := match.MatchType.(type) {
	case *security.StringMatch_Exact:
		return text == kind.Exact
	case *security.StringMatch_Prefix:
		return strings.HasPrefix(text, kind.Prefix)
	case *security.StringMatch_Suffix:
		return strings.HasSuffix(text, kind.Suffix)
	case *security.StringMatch_Presence:
		return text != ""
	}
	panic(fmt.Sprintf("unknown match %T", match.MatchType))
}
