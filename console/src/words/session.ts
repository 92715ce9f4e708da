import { words } from "./words";

/** Signing in and up. */
export const sessionWords = words({
  en: {
    signIn: "Sign in",
    signUp: "Sign up",
    signInAgain: "Sign in again",
    expired: "Your sign-in has expired. Sign in again to go on: nothing on the page is lost.",
    username: "Username",
    password: "Password",
    passwordRule: "6 to 24 characters; the commonest passwords are refused.",
    email: "E-mail (optional)",
    wrongCredentials: "Wrong username or password.",
    noAccount: "No account yet?",
    haveAccount: "Already have an account?",
    asAnother: "Sign out",
    showPassword: "Show the password",
  },
  ru: {
    signIn: "Войти",
    signUp: "Зарегистрироваться",
    signInAgain: "Войдите снова",
    expired: "Срок входа истёк. Войдите снова, чтобы продолжить: всё на странице сохранится.",
    username: "Имя пользователя",
    password: "Пароль",
    passwordRule: "От 6 до 24 символов; самые распространённые пароли не принимаются.",
    email: "Электронная почта (необязательно)",
    wrongCredentials: "Неверное имя пользователя или пароль.",
    noAccount: "Ещё нет учётной записи?",
    haveAccount: "Уже есть учётная запись?",
    asAnother: "Выйти",
    showPassword: "Показать пароль",
  },
});
