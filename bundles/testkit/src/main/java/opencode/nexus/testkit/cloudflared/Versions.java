package opencode.nexus.testkit.cloudflared;

import java.util.Arrays;

/** Compares {@code 2025.6.1} with {@code 2026.8.2}. */
final class Versions {
    private Versions() {}

    /** Whether {@code version} is older; what is no version is never older. */
    static boolean isBefore(String version, String other) {
        if (!version.matches("\\d+(\\.\\d+)*")) {
            return false;
        }
        return Arrays.compare(parts(version), parts(other)) < 0;
    }

    private static int[] parts(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
}
