package opencode.nexus.web.chat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Names of files in {@code Content-Disposition}. */
final class FileNames {
    private static final int LONGEST = 100;

    private FileNames() {}

    /**
     * The header.
     *
     * @param disposition {@code inline} or {@code attachment}
     * @param name may hold anything; what a file system or a header could take amiss becomes a dash
     */
    static String header(String disposition, String name) {
        String safe = safe(name);
        String plain = safe.replaceAll("[^ -~]", "-");
        String encoded = URLEncoder.encode(safe, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return disposition + "; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
    }

    /** A name made of words, for a file with this ending. */
    static String of(String words, String ending) {
        String safe = safe(words);
        return (safe.length() > LONGEST ? safe.substring(0, LONGEST).strip() : safe) + ending;
    }

    private static String safe(String name) {
        String safe = name.replaceAll("[\\p{Cntrl}\\p{Cs}/\\\\:*?\"<>|%]+", "-").strip();
        return safe.isEmpty() || safe.startsWith(".") ? "file" + safe : safe;
    }
}
