package opencode.nexus.web;

import java.util.Locale;
import java.util.Optional;
import opencode.nexus.api.page.PageSource.Asset;
import org.jspecify.annotations.Nullable;

/** Picks the form of a file that a browser takes: brotli before gzip before plain. */
enum Encoding {
    BROTLI("br") {
        @Override
        byte @Nullable [] of(Asset asset) {
            return asset.brotli();
        }
    },
    GZIP("gzip") {
        @Override
        byte @Nullable [] of(Asset asset) {
            return asset.gzip();
        }
    };

    private final String token;

    Encoding(String token) {
        this.token = token;
    }

    abstract byte @Nullable [] of(Asset asset);

    String token() {
        return token;
    }

    /** The best one that both have; nothing means plain. */
    static Optional<Encoding> choose(Asset asset, @Nullable String acceptEncoding) {
        for (Encoding encoding : values()) {
            if (encoding.of(asset) != null && encoding.isAccepted(acceptEncoding)) {
                return Optional.of(encoding);
            }
        }
        return Optional.empty();
    }

    private boolean isAccepted(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        boolean others = false;
        for (String choice : acceptEncoding.toLowerCase(Locale.ROOT).split(",")) {
            String[] parts = choice.split(";");
            String name = parts[0].strip();
            boolean wanted = parts.length < 2 || !parts[1].strip().matches("q=0(\\.0{0,3})?");
            if (name.equals(token)) {
                return wanted;
            }
            others |= name.equals("*") && wanted;
        }
        return others;
    }
}
