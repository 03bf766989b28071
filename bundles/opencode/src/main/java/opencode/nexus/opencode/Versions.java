package opencode.nexus.opencode;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Versions as OpenCode has them: numbers with dots. */
final class Versions {
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6}).*");

    private Versions() {}

    /** Whether one comes before the other; false when either is none. */
    static boolean isOlder(String version, String than) {
        Matcher one = NUMBERS.matcher(version);
        Matcher other = NUMBERS.matcher(than);
        if (!one.matches() || !other.matches()) {
            return false;
        }
        for (int place = 1; place <= 3; place++) {
            int difference = Integer.compare(Integer.parseInt(one.group(place)), Integer.parseInt(other.group(place)));
            if (difference != 0) {
                return difference < 0;
            }
        }
        return false;
    }
}
