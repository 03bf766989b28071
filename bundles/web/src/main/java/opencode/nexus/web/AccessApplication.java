package opencode.nexus.web;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException.Field;

/**
 * An application at Cloudflare Access.
 *
 * @param team as in the name of its domain
 * @param audience by which its tokens say that they are for it
 */
record AccessApplication(String team, String audience) {
    private static final String DOMAIN = ".cloudflareaccess.com";
    private static final Pattern TEAM = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern AUDIENCE = Pattern.compile("[0-9a-f]{64}");

    /** What is wrong with two texts that somebody set; nothing when both are blank. */
    static List<Field> problems(String team, String audience) {
        String name = team(team);
        String tag = audience(audience);
        List<Field> wrong = new ArrayList<>();
        if (name.isEmpty() && !tag.isEmpty()) {
            wrong.add(new Field("team", "must be set as well, or the audience left empty"));
        }
        if (!name.isEmpty() && !TEAM.matcher(name).matches()) {
            wrong.add(new Field("team", "must be the name alone, or like name" + DOMAIN));
        }
        if (tag.isEmpty() && !name.isEmpty()) {
            wrong.add(new Field("audience", "must be set as well, or the team left empty"));
        }
        if (!tag.isEmpty() && !AUDIENCE.matcher(tag).matches()) {
            wrong.add(new Field("audience", "must be the AUD tag: 64 characters, each of them 0-9 or a-f"));
        }
        return wrong;
    }

    /** The one that was set, in two texts that have no {@link #problems}; empty when nothing is. */
    static Optional<AccessApplication> of(String team, String audience) {
        String name = team(team);
        return name.isEmpty() ? Optional.empty() : Optional.of(new AccessApplication(name, audience(audience)));
    }

    /** Who its tokens say they are from. */
    String issuer() {
        return "https://" + team + DOMAIN;
    }

    /** Where the keys are that its tokens are signed with. */
    URI certs() {
        return URI.create(issuer() + "/cdn-cgi/access/certs");
    }

    private static String team(String written) {
        String name = written.strip().toLowerCase(Locale.ROOT);
        return name.endsWith(DOMAIN) && name.length() > DOMAIN.length()
                ? name.substring(0, name.length() - DOMAIN.length())
                : name;
    }

    private static String audience(String written) {
        return written.strip().toLowerCase(Locale.ROOT);
    }
}
